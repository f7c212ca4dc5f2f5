package bessemer.foundry.parity;

import bessemer.foundry.convert.Lineage;

/// What a report says in one word.
public enum Verdict {
  /// Every component and the logits lie within their gates of PyTorch's, every check passed, and
  /// every applicable negative control was detected.
  PROVED("PROVED"),
  /// Quantized weights: the model runs as its files say, everything that is not quantized lies
  /// within its gate, and the quality was measured against PyTorch. Not parity.
  MEASURED("MEASURED"),
  /// A gate or a check failed.
  REJECTED("REJECTED"),
  /// Not compared with PyTorch.
  UNPROVEN("UNPROVEN"),
  /// The verifier overlooked a planted defect: nothing it says counts.
  VERIFIER_BROKEN("VERIFIER BROKEN");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  /// Whether the model is not to be used without being asked for: exit code 4.
  public boolean isFailure() {
    return this == REJECTED || this == VERIFIER_BROKEN;
  }

  /// What the model's record says after this verdict.
  public Lineage.State state() {
    return switch (this) {
      case PROVED -> Lineage.State.PROVED;
      case MEASURED -> Lineage.State.MEASURED;
      case UNPROVEN -> Lineage.State.UNPROVEN;
      case REJECTED, VERIFIER_BROKEN -> Lineage.State.REJECTED;
    };
  }

  @Override
  public String toString() {
    return words;
  }
}
