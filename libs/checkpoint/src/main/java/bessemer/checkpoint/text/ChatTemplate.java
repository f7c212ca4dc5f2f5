package bessemer.checkpoint.text;

import bessemer.checkpoint.text.template.Limits;
import bessemer.checkpoint.text.template.Template;
import bessemer.checkpoint.text.template.TemplateException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// How a model wants conversations written. Renders what transformers' `apply_chat_template(...,
/// tokenize=False)` returns. Immutable; parsed at its first use.
public final class ChatTemplate {
  private static final String DEFAULT = "default";
  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private final Map<String, String> sources;
  private final Map<String, String> namedTokens;
  private final Map<String, Template> parsed = new ConcurrentHashMap<>();

  /// @param sources templates by name; `default` is used, and `tool_use` when there are tools
  /// @param namedTokens `bos_token` and so on, visible to the template
  public ChatTemplate(Map<String, String> sources, Map<String, String> namedTokens) {
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("A chat template needs a source");
    }
    this.sources = Map.copyOf(sources);
    this.namedTokens = new LinkedHashMap<>(namedTokens);
  }

  /// The source of the template that a conversation without tools takes.
  public String source() {
    return source(false);
  }

  /// As [#render(List, List, boolean, Map, Clock)], without tools or further variables, by the
  /// system's clock.
  public String render(
      List<? extends Map<String, ? extends @Nullable Object>> messages,
      boolean addGenerationPrompt) {
    return render(messages, null, addGenerationPrompt, Map.of(), Clock.systemDefaultZone());
  }

  /// Writes a conversation as a prompt.
  ///
  /// @param messages at least one, each with `role` and usually `content`; values are text,
  ///   numbers, booleans, lists, maps or Jackson's trees; entries that are null count as missing
  /// @param tools their JSON schemas as the template documents them, or null for none
  /// @param addGenerationPrompt whether to end with what introduces the model's answer
  /// @param variables further ones (`enable_thinking`), which win over the named tokens
  /// @param clock for templates that tell the date
  /// @throws TemplateException when the template refuses the conversation, with its own words in
  ///   [TemplateException#reason], or cannot be read
  public String render(
      List<? extends Map<String, ? extends @Nullable Object>> messages,
      @Nullable List<? extends Map<String, ? extends @Nullable Object>> tools,
      boolean addGenerationPrompt,
      Map<String, ? extends @Nullable Object> variables,
      Clock clock) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("A conversation needs at least one message");
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>(namedTokens);
    all.putAll(variables);
    all.put("messages", messages.stream().map(ChatTemplate::normalized).toList());
    all.put("tools", tools == null ? null : new ArrayList<>(tools));
    all.putIfAbsent("documents", null);
    all.put("add_generation_prompt", addGenerationPrompt);
    return template(tools != null).render(all, clock);
  }

  /// Missing instead of null entries, and reasoning under each of the names templates use.
  private static Map<String, Object> normalized(Map<String, ? extends @Nullable Object> message) {
    Map<String, Object> entries = new LinkedHashMap<>();
    for (Map.Entry<String, ? extends @Nullable Object> entry : message.entrySet()) {
      Object value = entry.getValue();
      if (value != null) {
        entries.put(entry.getKey(), value);
      }
    }
    for (String name : REASONING) {
      Object reasoning = entries.get(name);
      if (reasoning != null) {
        Map<String, Object> aliased = new LinkedHashMap<>();
        aliased.put("thinking", reasoning);
        aliased.putAll(entries);
        aliased.put("reasoning_content", reasoning);
        return aliased;
      }
    }
    return entries;
  }

  private Template template(boolean tools) {
    return parsed.computeIfAbsent(source(tools), s -> Template.parse(s, Limits.DEFAULT));
  }

  private String source(boolean tools) {
    String name = tools && sources.containsKey("tool_use") ? "tool_use" : DEFAULT;
    String source = sources.get(name);
    if (source == null) {
      throw new IllegalArgumentException(
          "No default chat template; there are " + String.join(", ", sources.keySet()));
    }
    return source;
  }
}
