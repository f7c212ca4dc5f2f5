package bessemer.foundry.train;

import bessemer.foundry.BadRequestException;
import bessemer.models.AdapterConfig;
import bessemer.tensor.optim.AdamW;
import bessemer.tensor.optim.Schedule;

/// Everything that decides what a run computes, besides the model and the data.
///
/// @param steps of the optimizer
/// @param batch examples in a pass
/// @param accumulate passes in a step
/// @param wholeTexts counts what users say as well as what the assistant does
/// @param validShare of the examples that is kept for validation; 0 with a file of its own
public record LoraSettings(
    AdapterConfig adapter,
    long steps,
    int batch,
    int accumulate,
    int maxLength,
    boolean wholeTexts,
    double validShare,
    Descent descent,
    long seed) {

  /// How parameters follow their gradients: AdamW.
  ///
  /// @param warmup steps in which the rate rises
  /// @param longestGradient 0 for any
  public record Descent(
      float learningRate, Curve curve, long warmup, float weightDecay, float longestGradient) {
    AdamW.Settings adamW() {
      AdamW.Settings standard = AdamW.Settings.standard();
      return new AdamW.Settings(
          standard.meanDecay(), standard.squareDecay(), standard.epsilon(), weightDecay);
    }

    float clip() {
      return longestGradient == 0 ? Float.POSITIVE_INFINITY : longestGradient;
    }
  }

  /// The learning rate after the warm-up.
  public enum Curve {
    CONSTANT,
    LINEAR,
    COSINE
  }

  public LoraSettings {
    atLeastOne("steps", steps);
    atLeastOne("batch", batch);
    atLeastOne("accumulate", accumulate);
    if (!(descent.learningRate > 0 && descent.learningRate < Float.POSITIVE_INFINITY)) {
      throw new BadRequestException("learning rate " + descent.learningRate + ": above 0");
    }
    if (!(0 <= validShare && validShare < 1)) {
      throw new BadRequestException("a share of " + validShare + " for validation: 0 to below 1");
    }
    if (descent.warmup < 0 || descent.weightDecay < 0 || descent.longestGradient < 0) {
      throw new BadRequestException("warm-up, weight decay and clipping cannot be below 0");
    }
  }

  private static void atLeastOne(String name, long value) {
    if (value < 1) {
      throw new BadRequestException(name + " is " + value + ": at least 1");
    }
  }

  /// Of a step, from 0.
  float rate(long step) {
    long falling = Math.max(1, steps - descent.warmup);
    Schedule curve =
        switch (descent.curve) {
          case CONSTANT -> new Schedule.Constant();
          case LINEAR -> new Schedule.Linear(falling, 0);
          case COSINE -> new Schedule.Cosine(falling, 0);
        };
    Schedule whole = descent.warmup == 0 ? curve : new Schedule.WarmedUp(descent.warmup, curve);
    return descent.learningRate * whole.at(step);
  }

  LoraSettings withSteps(long other) {
    return new LoraSettings(
        adapter, other, batch, accumulate, maxLength, wholeTexts, validShare, descent, seed);
  }
}
