package bessemer.inference.openai;

import bessemer.checkpoint.text.ChatTemplate;
import bessemer.checkpoint.text.template.TemplateException;
import bessemer.inference.serving.Speaker;
import bessemer.inference.web.Refusal;
import bessemer.models.generation.Request;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// What a request asks for in the tokens of its model.
final class Prompts {
  private final Speaker speaker;
  private final Clock clock;

  /// @param clock for chat templates that tell the date
  Prompts(Speaker speaker, Clock clock) {
    this.speaker = speaker;
    this.clock = clock;
  }

  /// @throws Refusal if the model cannot answer it
  List<Request> of(Asked asked) {
    List<Request> requests = new ArrayList<>();
    switch (asked.input()) {
      case Asked.Input.Chat chat ->
          requests.add(request(asked, list(conversation(chat)), "messages"));
      case Asked.Input.Texts(List<String> prompts) -> {
        for (String prompt : prompts) {
          requests.add(request(asked, list(speaker.encode(prompt, true)), "prompt"));
        }
      }
      case Asked.Input.Tokens(List<List<Integer>> prompts) -> {
        for (List<Integer> prompt : prompts) {
          checkTokens(prompt);
          requests.add(request(asked, prompt, "prompt"));
        }
      }
    }
    return requests;
  }

  private int[] conversation(Asked.Input.Chat chat) {
    ChatTemplate template = speaker.chatTemplate();
    if (template == null) {
      throw new Refusal(
          "The model has no chat template: it continues texts, by POST /v1/completions",
          "model",
          "no_chat_template");
    }
    try {
      String text = template.render(chat.messages(), null, true, chat.variables(), clock);
      return speaker.encode(text, false);
    } catch (TemplateException e) {
      throw Refusal.value("messages", "are refused by the model's chat template: " + e.reason());
    }
  }

  private void checkTokens(List<Integer> prompt) {
    for (int token : prompt) {
      if (token >= speaker.vocabulary()) {
        throw Refusal.value(
            "prompt", "has token %d, the model has %d".formatted(token, speaker.vocabulary()));
      }
    }
  }

  private Request request(Asked asked, List<Integer> prompt, String param) {
    if (prompt.isEmpty()) {
      throw Refusal.value(param, "has no tokens");
    }
    int context = speaker.contextLength();
    int wanted = Math.max(1, asked.maxTokens());
    if ((long) prompt.size() + wanted > context) {
      throw new Refusal(
          ("This model's maximum context length is %d tokens. However, you requested %d tokens"
                  + " (%d in the %s, %d in the completion). Please reduce them.")
              .formatted(context, (long) prompt.size() + wanted, prompt.size(), param, wanted),
          param,
          "context_length_exceeded");
    }
    int most = asked.maxTokens() == 0 ? context - prompt.size() : asked.maxTokens();
    Set<Integer> ends = asked.ignoreEnd() ? Set.of() : speaker.endTokens();
    return new Request(prompt, most, asked.sampling(), ends, asked.stops());
  }

  private static List<Integer> list(int[] tokens) {
    return Arrays.stream(tokens).boxed().toList();
  }
}
