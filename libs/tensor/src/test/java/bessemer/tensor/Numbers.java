package bessemer.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

/// Numbers for tests, and how close they must be.
public final class Numbers {
  private Numbers() {}

  public static float[] random(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  public static Tensor random(Engine engine, Random random, long... dims) {
    return engine.of(random(random, (int) Shape.of(dims).size()), dims);
  }

  /// Within the tolerance times the larger of 1 and the expected magnitude.
  public static void assertClose(String what, float[] actual, float[] expected, double tolerance) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      double bound = tolerance * Math.max(1, Math.abs(expected[i]));
      if (!(Math.abs(actual[i] - expected[i]) <= bound)) {
        throw new AssertionError(
            "%s at %d: %s, expected %s within %s"
                .formatted(what, i, actual[i], expected[i], bound));
      }
    }
  }
}
