package bessemer.foundry.evaluate;

import bessemer.models.translation.SearchOptions;
import org.jspecify.annotations.Nullable;

/// How translations are searched; null is as the model's `generation_config.json` has it.
///
/// @param batch texts that are translated together at most
public record Search(
    @Nullable Integer beams,
    @Nullable Integer maxTokens,
    @Nullable Double lengthPenalty,
    @Nullable Integer noRepeatNgram,
    int batch) {
  public static final int BATCH = 16;

  /// @throws IllegalArgumentException if the choices make no search
  public SearchOptions over(SearchOptions defaults) {
    return new SearchOptions(
        beams == null ? defaults.beams() : beams,
        maxTokens == null ? defaults.maxLength() : maxTokens,
        lengthPenalty == null ? defaults.lengthPenalty() : lengthPenalty,
        noRepeatNgram == null ? defaults.noRepeatNgram() : noRepeatNgram,
        defaults.earlyStopping());
  }
}
