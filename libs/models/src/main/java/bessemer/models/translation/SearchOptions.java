package bessemer.models.translation;

import bessemer.models.generation.Sampling;

/// How a translation is searched, with the meaning that transformers gives these words.
///
/// @param beams hypotheses that are followed together; 1 is greedy search, or sampling
/// @param maxLength tokens of a translation, its start token counted
/// @param lengthPenalty the power of its length that a hypothesis' log probability is divided by:
///   above 0 favours long ones. Greedy search does not look at it
/// @param noRepeatNgram no sequence of so many tokens comes twice; 0 allows all
/// @param sampling how tokens are drawn; the likeliest each time where its temperature is 0. Every
///   text is drawn with the seed anew, so that it does not matter which others are with it
public record SearchOptions(
    int beams,
    int maxLength,
    double lengthPenalty,
    int noRepeatNgram,
    EarlyStopping earlyStopping,
    Sampling sampling) {

  /// When a search that has as many ended hypotheses as beams goes on.
  public enum EarlyStopping {
    /// While the best running hypothesis, were it to end now, would beat the worst ended one.
    HEURISTIC,
    /// Never.
    AT_ONCE,
    /// While the best running hypothesis could still beat the worst ended one at any length.
    NEVER
  }

  /// Without sampling.
  public SearchOptions(
      int beams,
      int maxLength,
      double lengthPenalty,
      int noRepeatNgram,
      EarlyStopping earlyStopping) {
    this(beams, maxLength, lengthPenalty, noRepeatNgram, earlyStopping, Sampling.greedy());
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
    if (beams > 1 && !sampling.plainGreedy()) {
      throw new IllegalArgumentException(
          "%d beams follow the likeliest translations: none is drawn at a temperature of %s"
              .formatted(beams, sampling.temperature()));
    }
  }

  /// What transformers does unless told otherwise.
  public static SearchOptions of(int beams, int maxLength) {
    return new SearchOptions(beams, maxLength, 1, 0, EarlyStopping.HEURISTIC);
  }
}
