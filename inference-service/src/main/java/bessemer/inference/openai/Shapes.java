package bessemer.inference.openai;

import bessemer.models.generation.Generated.Finish;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What OpenAI's clients read.
final class Shapes {
  private Shapes() {}

  record Usage(
      @JsonProperty("prompt_tokens") int prompt,
      @JsonProperty("completion_tokens") int completion,
      @JsonProperty("total_tokens") int total,
      @JsonProperty("prompt_tokens_details") PromptDetails details) {

    static Usage of(int prompt, int completion, int cached) {
      return new Usage(prompt, completion, prompt + completion, new PromptDetails(cached));
    }
  }

  /// @param cached tokens that were known from texts before
  record PromptDetails(@JsonProperty("cached_tokens") int cached) {}

  /// An answer, or a chunk of one.
  record Completion<C>(
      String id,
      String object,
      long created,
      String model,
      @JsonProperty("system_fingerprint") String fingerprint,
      List<C> choices,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Usage usage) {}

  record Message(String role, String content) {}

  record ChatChoice(
      int index,
      Message message,
      @Nullable Object logprobs,
      @JsonProperty("finish_reason") String finish) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Delta(@Nullable String role, @Nullable String content) {}

  record ChatDelta(
      int index,
      Delta delta,
      @Nullable Object logprobs,
      @JsonProperty("finish_reason") @Nullable String finish) {}

  record TextChoice(
      int index,
      String text,
      @Nullable Object logprobs,
      @JsonProperty("finish_reason") @Nullable String finish) {}

  record Model(String id, String object, long created, @JsonProperty("owned_by") String owner) {}

  record Models(String object, List<Model> data) {}

  /// A text that was cancelled has nobody to read why.
  static String reason(Finish finish) {
    return switch (finish) {
      case STOP -> "stop";
      case LENGTH, CANCELLED -> "length";
    };
  }
}
