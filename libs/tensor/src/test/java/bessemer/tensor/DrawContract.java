package bessemer.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.tensor.Primitive.Draw;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Draws from logits against a naive version in doubles, on every backend.
public interface DrawContract {
  Engine engine();

  /// A number as callers make it.
  private static float uniform(Random random) {
    return random.nextInt(1 << 23) * 0x1p-23f;
  }

  private static float[] logits(Random random, int rows, int width) {
    float[] logits = new float[rows * width];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (2 * random.nextGaussian());
    }
    return logits;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 1, 0",
    "0.3, 0, 1, 0",
    "2, 5, 1, 0",
    "1, 1, 1, 0",
    "1, 90, 1, 0",
    "1, 0, 0.6, 0",
    "1.5, 20, 0.8, 0",
    "1, 0, 1, 0.2",
    "0.7, 12, 0.9, 0.1",
    "1, 0, 1, 1",
    "1, 0, 0.001, 0",
    "1e-40, 0, 1, 0",
    "1e-37, 20, 0.9, 0.1"
  })
  default void everyDrawIsTheOneOfItsNumber(float temperature, int topK, float topP, float minP) {
    var rules = new Draw(temperature, topK, topP, minP);
    var random = new Random(topK + 17);
    int rows = 300;
    int width = 70;
    float[] logits = logits(random, rows, width);
    float[] uniforms = new float[rows];
    for (int row = 0; row < rows; row++) {
      uniforms[row] = row == 0 ? 0 : row == 1 ? 1 - 0x1p-23f : uniform(random);
    }
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor u = engine.of(uniforms, rows, 1);
      int[] drawn = engine.of(logits, rows, 1, width).draw(u, rules).toInts();
      for (int row = 0; row < rows; row++) {
        int[] expected = naive(logits, row * width, width, uniforms[row], rules);
        assertThat(expected).as("row " + row).contains(drawn[row]);
      }
    }
  }

  /// The places that rounding in fp32 may find: one, or two where the number falls between them.
  private static int[] naive(float[] logits, int from, int width, double u, Draw rules) {
    int[] places =
        IntStream.range(0, width)
            .boxed()
            .sorted((a, b) -> Float.compare(logits[from + b], logits[from + a]))
            .mapToInt(Integer::intValue)
            .limit(rules.topK() > 0 ? rules.topK() : width)
            .toArray();
    double[] chances = new double[width];
    double sum = 0;
    for (int place : places) {
      double top = logits[from + places[0]];
      chances[place] = Math.exp((logits[from + place] - top) / rules.temperature());
      sum += chances[place];
    }
    double reached = 0;
    double kept = 0;
    for (int place : places) {
      double chance = chances[place];
      boolean stays = reached < rules.topP() * sum && chance >= rules.minP();
      chances[place] = stays ? chance : 0;
      kept += chances[place];
      reached += chance;
    }
    boolean ranked = rules.topK() > 0 && rules.topK() < width || rules.topP() < 1;
    int[] order = ranked ? places : IntStream.range(0, width).toArray();
    int low = fallen(order, chances, (u - 2e-6) * kept);
    return new int[] {low, fallen(order, chances, (u + 2e-6) * kept)};
  }

  private static int fallen(int[] order, double[] chances, double target) {
    double reached = 0;
    int last = 0;
    for (int place : order) {
      if (chances[place] > 0) {
        last = place;
        reached += chances[place];
        if (reached > target) {
          break;
        }
      }
    }
    return last;
  }

  @Test
  default void drawsFollowTheirProbabilities() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      int rows = 4000;
      var random = new Random(42);
      float[] one = {0, (float) Math.log(2), (float) Math.log(5), -1000};
      float[] uniforms = new float[rows];
      for (int row = 0; row < rows; row++) {
        uniforms[row] = uniform(random);
      }
      Tensor logits = engine.of(one, 1, 4).broadcast(Shape.of(rows, 4));
      int[] drawn = logits.draw(engine.of(uniforms, rows), new Draw(1, 0, 1, 0)).toInts();
      int[] counts = new int[4];
      for (int index : drawn) {
        counts[index]++;
      }
      for (int i = 0; i < 3; i++) { // five standard deviations of a binomial count
        double p = Math.exp(one[i]) / 8;
        double allowed = 5 * Math.sqrt(rows * p * (1 - p));
        assertThat(counts[i] - rows * p).isBetween(-allowed, allowed);
      }
      assertThat(counts[3]).isZero();
    }
  }

  @Test
  default void ofEqualLogitsTheEarlierStay() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor logits = engine.of(new float[] {1, 3, 3, 3, 0}, 1, 5).broadcast(Shape.of(4, 5));
      Tensor u = engine.of(new float[] {0, .4f, .6f, .99f}, 4);
      assertThat(logits.draw(u, new Draw(1, 2, 1, 0)).toInts()).containsExactly(1, 1, 2, 2);
    }
  }

  @Test
  default void logitsThatAreNoNumbersAreNotDrawnFrom() {
    float inf = Float.POSITIVE_INFINITY;
    float[] rows = {0, Float.NaN, 1, inf, 0, 1, 0, -inf, 1};
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor u = engine.of(new float[] {.1f, .1f, .9f}, 3);
      for (int topK : new int[] {0, 1, 2}) {
        Tensor drawn = engine.of(rows, 3, 3).draw(u, new Draw(1, topK, 1, 0));
        assertThat(drawn.toInts()).containsExactly(-1, -1, topK == 2 ? 0 : 2);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1, 0",
    "NaN, 0, 1, 0",
    "1, -1, 1, 0",
    "1, 0, 0, 0",
    "1, 0, 1.5, 0",
    "1, 0, 1, 2"
  })
  default void rulesOfWhichNoneCouldBeDrawnAreRefused(
      float temperature, int topK, float topP, float minP) {
    assertThatThrownBy(() -> new Draw(temperature, topK, topP, minP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("top-k " + topK);
  }
}
