package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// The answer of `POST /api/v1/translate`; of a stream the last event, `done`.
///
/// @param sourceLang the code of the language that was translated from
/// @param targetLang the code of the language that was translated to
/// @param translations in the order of the texts
/// @param queueSeconds until the model began
/// @param seconds until all was translated, waiting included
public record TranslationView(
    String model,
    @JsonProperty("source_lang") String sourceLang,
    @JsonProperty("target_lang") String targetLang,
    List<Text> translations,
    @JsonProperty("queue_seconds") double queueSeconds,
    double seconds) {
  /// The translation has come to its end.
  public static final String STOP = "stop";

  /// It, or one of its sentences, was cut at `max_tokens`.
  public static final String LENGTH = "length";

  public TranslationView {
    translations = List.copyOf(translations);
  }

  /// One text.
  ///
  /// @param sentences that were translated one by one; 1 for a text as a whole, 0 for a blank one
  /// @param sourceTokens that the model read
  /// @param targetTokens that it wrote
  /// @param finish `stop` or `length`
  /// @param seconds from the request until this text was translated
  public record Text(
      String translation,
      int sentences,
      @JsonProperty("source_tokens") int sourceTokens,
      @JsonProperty("target_tokens") int targetTokens,
      String finish,
      double seconds) {}

  /// One event `sentence` of a stream; they come as they are done, not in the order of the text.
  ///
  /// @param text which one, from 0
  /// @param sentence which one of the text, from 0
  /// @param sentences how many the text has
  public record Sentence(
      int text, int sentence, int sentences, String translation, String finish) {}
}
