package bessemer.inference.openai;

import bessemer.inference.openai.Asked.Input;
import bessemer.inference.web.Fields;
import bessemer.inference.web.Refusal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Reads what a model is to answer or to continue.
final class Inputs {
  private static final int MOST_PROMPTS = 64;
  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");

  private Inputs() {}

  /// A conversation, with what its template is told besides.
  static Input chat(Fields fields) {
    return new Input.Chat(messages(fields), variables(fields));
  }

  private static List<Map<String, Object>> messages(Fields fields) {
    JsonNode list = fields.need("messages");
    if (!list.isArray()) {
      throw Fields.type("messages", "a list", list);
    }
    if (list.isEmpty()) {
      throw Refusal.value("messages", "is empty: say something");
    }
    List<Map<String, Object>> messages = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      messages.add(message(list.get(i), "messages[" + i + "]"));
    }
    return messages;
  }

  private static Map<String, Object> message(JsonNode node, String at) {
    Fields fields = new Fields(node, at + ".");
    fields.only(Set.of("role", "content", "tool_calls"), Set.of("name", "refusal", "annotations"));
    fields.unsupported("tool_calls", Asking::isEmpty, "are not supported");
    String role = fields.text("role");
    if (!ROLES.contains(role)) {
      throw Refusal.value(
          at + ".role", "is '%s', must be system, user or assistant".formatted(role));
    }
    String known = role.equals("developer") ? "system" : role; // one word for it in templates
    return Map.of("role", known, "content", content(fields.need("content"), at + ".content"));
  }

  /// Text, or parts that all are text.
  private static String content(JsonNode node, String at) {
    if (node.isString()) {
      return node.stringValue();
    }
    if (!node.isArray()) {
      throw Fields.type(at, "a string or a list of text parts", node);
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      Fields part = new Fields(node.get(i), at + "[" + i + "].");
      String type = part.text("type");
      if (!type.equals("text")) {
        throw Refusal.unsupported(
            at + "[" + i + "].type", "is '%s': only text is supported".formatted(type));
      }
      texts.add(part.text("text"));
    }
    return String.join("\n", texts);
  }

  /// Further variables of the template, such as `enable_thinking`.
  private static Map<String, Object> variables(Fields fields) {
    JsonNode node = fields.find("chat_template_kwargs");
    if (node == null) {
      return Map.of();
    }
    if (!node.isObject()) {
      throw Fields.type("chat_template_kwargs", "an object", node);
    }
    Map<String, Object> variables = new LinkedHashMap<>();
    node.properties().forEach(entry -> variables.put(entry.getKey(), entry.getValue()));
    return variables;
  }

  /// One prompt or several, as text or as tokens.
  static Input prompts(JsonNode node) {
    if (node.isString()) {
      return new Input.Texts(List.of(node.stringValue()));
    }
    if (!node.isArray()) {
      throw Fields.type("prompt", "a string, a list of strings or a list of tokens", node);
    }
    if (node.isEmpty()) {
      throw Refusal.value("prompt", "is empty");
    }
    if (node.get(0).isNumber()) {
      return new Input.Tokens(List.of(tokens(node, "prompt")));
    }
    if (node.size() > MOST_PROMPTS) {
      throw Refusal.value(
          "prompt", "has %d prompts, at most %d are allowed".formatted(node.size(), MOST_PROMPTS));
    }
    if (node.get(0).isArray()) {
      List<List<Integer>> lists = new ArrayList<>();
      for (int i = 0; i < node.size(); i++) {
        lists.add(tokens(node.get(i), "prompt[" + i + "]"));
      }
      return new Input.Tokens(lists);
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      texts.add(Fields.text(node.get(i), "prompt[" + i + "]"));
    }
    return new Input.Texts(texts);
  }

  private static List<Integer> tokens(JsonNode node, String at) {
    if (!node.isArray()) {
      throw Fields.type(at, "a list of tokens", node);
    }
    List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      tokens.add((int) Fields.integer(node.get(i), at + "[" + i + "]", 0, Integer.MAX_VALUE));
    }
    return tokens;
  }
}
