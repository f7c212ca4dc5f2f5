package bessemer.inference.openai;

import bessemer.inference.openai.Shapes.ChatChoice;
import bessemer.inference.openai.Shapes.ChatDelta;
import bessemer.inference.openai.Shapes.Completion;
import bessemer.inference.openai.Shapes.Delta;
import bessemer.inference.openai.Shapes.Message;
import bessemer.inference.openai.Shapes.TextChoice;
import bessemer.inference.openai.Shapes.Usage;
import bessemer.models.generation.Generated;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The shape of one answer.
///
/// @param created seconds since 1970
record Format(Kind kind, String id, long created, String model, String fingerprint) {

  /// The two endpoints.
  enum Kind {
    CHAT("chatcmpl-"),
    TEXT("cmpl-");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }

    String prefix() {
      return prefix;
    }
  }

  private static final String ROLE = "assistant";

  /// The whole answer: a text for each prompt, in their order.
  Completion<?> whole(List<Generated> texts) {
    int prompt = 0;
    int completion = 0;
    int cached = 0;
    for (Generated text : texts) {
      prompt += text.timings().promptTokens();
      completion += text.tokens().size();
      cached += text.timings().reusedTokens();
    }
    Usage usage = Usage.of(prompt, completion, cached);
    return switch (kind) {
      case CHAT -> {
        List<ChatChoice> choices = new ArrayList<>();
        for (Generated text : texts) {
          var message = new Message(ROLE, text.text());
          choices.add(new ChatChoice(choices.size(), message, null, Shapes.reason(text.finish())));
        }
        yield completion("chat.completion", choices, usage);
      }
      case TEXT -> {
        List<TextChoice> choices = new ArrayList<>();
        for (Generated text : texts) {
          choices.add(
              new TextChoice(choices.size(), text.text(), null, Shapes.reason(text.finish())));
        }
        yield completion("text_completion", choices, usage);
      }
    };
  }

  /// Who speaks; the first chunk of a conversation's answer.
  Completion<?> role() {
    return chunk(new ChatDelta(0, new Delta(ROLE, ""), null, null));
  }

  Completion<?> piece(int index, String text) {
    return switch (kind) {
      case CHAT -> chunk(new ChatDelta(index, new Delta(null, text), null, null));
      case TEXT -> chunk(new TextChoice(index, text, null, null));
    };
  }

  Completion<?> end(int index, Generated text) {
    String reason = Shapes.reason(text.finish());
    return switch (kind) {
      case CHAT -> chunk(new ChatDelta(index, new Delta(null, null), null, reason));
      case TEXT -> chunk(new TextChoice(index, "", null, reason));
    };
  }

  /// The last chunk, for those who asked for it.
  Completion<?> usage(Usage usage) {
    return completion(chunkName(), List.of(), usage);
  }

  private Completion<?> chunk(Object choice) {
    return completion(chunkName(), List.of(choice), null);
  }

  private String chunkName() {
    return switch (kind) {
      case CHAT -> "chat.completion.chunk";
      case TEXT -> "text_completion";
    };
  }

  private <C> Completion<C> completion(String object, List<C> choices, @Nullable Usage usage) {
    return new Completion<>(id, object, created, model, fingerprint, choices, usage);
  }
}
