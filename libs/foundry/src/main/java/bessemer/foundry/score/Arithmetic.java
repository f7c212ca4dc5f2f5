package bessemer.foundry.score;

/// The numbers that sacrebleu computes a score with. Corpus scores are computed with Python's;
/// resampled ones with numpy's, which round differently, and significance counts comparisons of
/// them.
enum Arithmetic {
  /// Python's: 64 bits.
  PYTHON,
  /// numpy's integers, with quotients of 64 bits: sums of shuffled systems.
  INTEGER,
  /// numpy's float32: sums of bootstrap samples.
  SINGLE;

  /// A result of an operation.
  double round(double value) {
    return switch (this) {
      case PYTHON, INTEGER -> value;
      case SINGLE -> (float) value;
    };
  }

  /// A value put back among the counts: integers lose their fraction there.
  double stored(double value) {
    return switch (this) {
      case PYTHON -> value;
      case INTEGER -> (long) value;
      case SINGLE -> (float) value;
    };
  }
}
