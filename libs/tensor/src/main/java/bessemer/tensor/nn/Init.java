package bessemer.tensor.nn;

import java.util.random.RandomGenerator;

/// How a new parameter starts.
public sealed interface Init {
  record Constant(float value) implements Init {}

  record Normal(double deviation) implements Init {}

  /// Between the bound below zero and the bound.
  record Uniform(double bound) implements Init {}

  static Init ones() {
    return new Constant(1);
  }

  static Init zeros() {
    return new Constant(0);
  }

  /// Keeps the scale of the activations through a product over `width` elements.
  static Init scaled(int width) {
    return new Normal(1 / Math.sqrt(width));
  }

  default float[] values(int count, RandomGenerator random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (this) {
            case Constant(float value) -> value;
            case Normal(double deviation) -> (float) (deviation * random.nextGaussian());
            case Uniform(double bound) -> (float) (bound * (2 * random.nextDouble() - 1));
          };
    }
    return values;
  }
}
