package bessemer.tensor.nn;

/// How rotary frequencies are stretched for contexts longer than the model was first trained on, as
/// transformers defines each kind (`modeling_rope_utils`, version 5).
public sealed interface RopeScaling {
  record None() implements RopeScaling {}

  /// Positions divided by a factor.
  record Linear(float factor) implements RopeScaling {}

  /// A base that grows with the length of the pass once that exceeds `maxPositions`.
  record Dynamic(float factor, long maxPositions) implements RopeScaling {}

  /// High frequencies as they are, low ones divided by the factor, a ramp between.
  ///
  /// @param attentionFactor multiplies queries and keys after rotation
  /// @param truncate rounds the ends of the ramp outwards to whole pairs
  record Yarn(
      double factor,
      double attentionFactor,
      double betaFast,
      double betaSlow,
      long originalPositions,
      boolean truncate)
      implements RopeScaling {
    /// The factor that transformers derives when the configuration has none.
    ///
    /// @param mscale 0 where the configuration has none; so is `mscaleAllDim`
    public static double attentionFactor(double factor, double mscale, double mscaleAllDim) {
      return mscale != 0 && mscaleAllDim != 0
          ? mscaled(factor, mscale) / mscaled(factor, mscaleAllDim)
          : mscaled(factor, 1);
    }

    private static double mscaled(double factor, double mscale) {
      return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }
  }

  /// A factor for each pair: one set up to the original length, another for longer passes.
  record LongRope(
      float[] shortFactors, float[] longFactors, double attentionFactor, long originalPositions)
      implements RopeScaling {
    /// The factor that transformers derives when the configuration has none.
    public static double attentionFactor(double factor, long originalPositions) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalPositions));
    }
  }

  /// Llama 3.1's smooth step between frequencies that stay and those divided by the factor.
  record Llama3(float factor, float lowFactor, float highFactor, long originalPositions)
      implements RopeScaling {}
}
