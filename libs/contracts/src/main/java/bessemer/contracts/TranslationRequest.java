package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of `POST /api/v1/translate`. What is null is as the model's own settings have it.
///
/// @param text one text; or `texts`, several
/// @param sourceLang the language of all texts, by code or English name
/// @param targetLang the language to translate to
/// @param beams translations of a text that are followed together
/// @param maxTokens of a translation, its start and language counted
/// @param lengthPenalty above 0 favours long translations; with beams only
/// @param noRepeatNgram no so many tokens come twice in a translation
/// @param temperature above 0: tokens are drawn instead of searched for, without beams
/// @param topK draws among so many of the likeliest; 0 among all
/// @param topP draws among the likeliest that together reach this probability
/// @param seed the same draws the same, whatever is translated with it; null for 0
/// @param split whether texts are translated sentence by sentence: `long`, those that are longer
///   than the model reads, or `all`, which a stream does unless told otherwise
/// @param stream whether each sentence is sent as soon as it is translated
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TranslationRequest(
    String model,
    @Nullable String text,
    @Nullable List<String> texts,
    @JsonProperty("source_lang") String sourceLang,
    @JsonProperty("target_lang") String targetLang,
    @Nullable Integer beams,
    @JsonProperty("max_tokens") @Nullable Integer maxTokens,
    @JsonProperty("length_penalty") @Nullable Double lengthPenalty,
    @JsonProperty("no_repeat_ngram") @Nullable Integer noRepeatNgram,
    @Nullable Double temperature,
    @JsonProperty("top_k") @Nullable Integer topK,
    @JsonProperty("top_p") @Nullable Double topP,
    @Nullable Long seed,
    @Nullable String split,
    boolean stream) {
  /// Sentences of texts that are too long for the model.
  public static final String SPLIT_LONG = "long";

  /// Sentences of all texts.
  public static final String SPLIT_ALL = "all";
}
