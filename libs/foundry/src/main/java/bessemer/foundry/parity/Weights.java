package bessemer.foundry.parity;

/// What a model holds of the weights that PyTorch ran with.
///
/// @param quantized whether linears hold codes instead of numbers
public record Weights(Rounding rounding, boolean quantized) {
  /// What happened to those numbers that are not quantized.
  public enum Rounding {
    /// The same numbers. A bf16 checkpoint that stays bf16, or is widened to fp32, is this: PyTorch
    /// ran with the same numbers widened to fp32, and so do we.
    NONE("the same numbers"),
    BF16("rounded to bf16"),
    F16("rounded to fp16");

    private final String words;

    Rounding(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  public static Weights same() {
    return new Weights(Rounding.NONE, false);
  }

  @Override
  public String toString() {
    return quantized ? "quantized, the rest " + rounding : rounding.toString();
  }
}
