package bessemer.foundry.score;

/// What BLEU does with an order without a match (Chen and Cherry 2014).
public sealed interface Smoothing {
  /// The score is 0.
  record None() implements Smoothing {
    @Override
    public String toString() {
      return "none";
    }
  }

  /// Halves, quarters, eighths of a match: the default.
  record Exponential() implements Smoothing {
    @Override
    public String toString() {
      return "exp";
    }
  }

  /// This many matches.
  record Floor(double value) implements Smoothing {
    public static final double DEFAULT = 0.1;

    @Override
    public String toString() {
      return "floor[" + Numbers.fixed(value, 2) + "]";
    }
  }

  /// As many more matches, and possible ones, of each order above 1.
  record AddK(double value) implements Smoothing {
    public static final double DEFAULT = 1;

    @Override
    public String toString() {
      return "add-k[" + Numbers.fixed(value, 2) + "]";
    }
  }
}
