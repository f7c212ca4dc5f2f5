package bessemer.models.translation;

/// How a translation is searched, with the meaning that transformers gives these words.
///
/// @param beams hypotheses that are followed together; 1 is greedy search
/// @param maxLength tokens of a translation, its start token counted
/// @param lengthPenalty the power of its length that a hypothesis' log probability is divided by:
///   above 0 favours long ones. Greedy search does not look at it
/// @param noRepeatNgram no sequence of so many tokens comes twice; 0 allows all
public record SearchOptions(
    int beams,
    int maxLength,
    double lengthPenalty,
    int noRepeatNgram,
    EarlyStopping earlyStopping) {

  /// When a search that has as many ended hypotheses as beams goes on.
  public enum EarlyStopping {
    /// While the best running hypothesis, were it to end now, would beat the worst ended one.
    HEURISTIC,
    /// Never.
    AT_ONCE,
    /// While the best running hypothesis could still beat the worst ended one at any length.
    NEVER
  }

  public SearchOptions {
    if (beams < 1) {
      throw new IllegalArgumentException("a search with " + beams + " beams");
    }
    if (maxLength < 3) {
      throw new IllegalArgumentException(
          "a translation of %d tokens has no room for its start, its language and a word"
              .formatted(maxLength));
    }
    if (noRepeatNgram < 0 || !Double.isFinite(lengthPenalty)) {
      throw new IllegalArgumentException(
          "no repetition of %d tokens, length penalty %s".formatted(noRepeatNgram, lengthPenalty));
    }
  }

  /// What transformers does unless told otherwise.
  public static SearchOptions of(int beams, int maxLength) {
    return new SearchOptions(beams, maxLength, 1, 0, EarlyStopping.HEURISTIC);
  }
}
