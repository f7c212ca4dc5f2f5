package bessemer.tensor.cpu;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What works row by row or element by element, against doubles.
class RowsTest {
  private static final int[] WIDTHS = {1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1000, 2049};

  private static void forWidths(BiConsumer<Engine, Integer> check) {
    forAllKernels(engine -> {
      for (int width : WIDTHS) {
        try (Scope _ = engine.scope()) {
          check.accept(engine, width);
        }
      }
    });
  }

  private static void forAllKernels(Consumer<Engine> check) {
    AllKernels.stream()
        .forEach(kernels -> {
          try (Engine engine = AllKernels.engine(kernels, 2);
              Scope _ = engine.scope()) {
            check.accept(engine);
          }
        });
  }

  private static double[] row(float[] x, int row, int width) {
    return IntStream.range(row * width, (row + 1) * width).mapToDouble(i -> x[i]).toArray();
  }

  /// Applies a definition in doubles to each row.
  private static float[] each(Tensor x, Function<double[], double[]> definition) {
    int width = (int) x.dim(-1);
    float[] values = x.toFloats();
    float[] out = new float[values.length];
    for (int r = 0; r < values.length / width; r++) {
      double[] got = definition.apply(row(values, r, width));
      for (int i = 0; i < width; i++) {
        out[r * width + i] = (float) got[i];
      }
    }
    return out;
  }

  @Test
  void softmaxSumsToOneOverAnyWidth() {
    forWidths((engine, width) -> {
      Tensor x = random(engine, new Random(width), 3, width).times(5);
      float[] expected =
          each(
              x,
              row -> {
                double top = Arrays.stream(row).max().orElseThrow();
                double sum = Arrays.stream(row).map(v -> Math.exp(v - top)).sum();
                return Arrays.stream(row).map(v -> Math.exp(v - top) / sum).toArray();
              });
      assertClose("softmax " + width, x.softmax().toFloats(), expected, 3e-7);
    });
  }

  @Test
  void normsAgreeWithTheirDefinitions() {
    forWidths((engine, width) -> {
      var r = new Random(width);
      Tensor x = random(engine, r, 3, width).plus(.5f);
      Tensor w = random(engine, r, width);
      Tensor b = random(engine, r, width);
      float[] weight = w.toFloats();
      float[] bias = b.toFloats();
      float[] rms =
          each(
              x,
              row -> {
                double mean = Arrays.stream(row).map(v -> v * v).sum() / width;
                double scale = 1 / Math.sqrt(mean + 1e-5f);
                return IntStream.range(0, width)
                    .mapToDouble(i -> row[i] * scale * weight[i])
                    .toArray();
              });
      assertClose("rms " + width, x.rmsNorm(w, 1e-5f).toFloats(), rms, 1e-6);
      float[] layer =
          each(
              x,
              row -> {
                double mean = Arrays.stream(row).sum() / width;
                double var = Arrays.stream(row).map(v -> (v - mean) * (v - mean)).sum();
                double scale = 1 / Math.sqrt(var / width + 1e-5f);
                return IntStream.range(0, width)
                    .mapToDouble(i -> (row[i] - mean) * scale * weight[i] + bias[i])
                    .toArray();
              });
      double tolerance = width == 2 ? 1e-4 : 2e-6; // two may almost be equal
      assertClose("layer " + width, x.layerNorm(w, b, 1e-5f).toFloats(), layer, tolerance);
    });
  }

  @Test
  void functionsOfOneElementAreAccurate() {
    forWidths((engine, width) -> {
      Tensor x = random(engine, new Random(width), 2, width).times(4);
      DoubleUnaryOperator sigmoid = v -> 1 / (1 + Math.exp(-v));
      check(x, x.sigmoid(), sigmoid);
      check(x, x.silu(), v -> v * sigmoid.applyAsDouble(v));
      check(x, x.relu(), v -> Math.max(v, 0));
      check(x, x.times(2).plus(3), v -> 2 * v + 3);
      check(x, x.power(2), v -> v * v);
      Tensor y = x.power(2).plus(.1f);
      check(y, y.power(.5f), Math::sqrt);
      check(y, y.power(-.5f), v -> 1 / Math.sqrt(v));
      check(y, y.power(-1), v -> 1 / v);
      check(y, y.power(1.5f), v -> Math.pow(v, 1.5));
    });
  }

  private static void check(Tensor x, Tensor got, DoubleUnaryOperator definition) {
    float[] expected = each(x, row -> Arrays.stream(row).map(definition).toArray());
    float[] values = got.toFloats();
    for (int i = 0; i < values.length; i++) {
      double bound = 3 * Math.ulp(expected[i]);
      assertThat((double) values[i] - expected[i]).isBetween(-bound, bound);
    }
  }

  @Test
  void operandsAreBroadcastFromAnyShape() {
    forWidths((engine, width) -> {
      var r = new Random(width);
      Tensor x = random(engine, r, 3, 5, width);
      Tensor[] others = {
        random(engine, r, 3, 5, width),
        random(engine, r, width),
        random(engine, r, 1),
        random(engine, r, 5, 1),
        random(engine, r, 3, 1, width),
        random(engine, r, 3, width, 5).transpose(0, 2, 1),
        random(engine, r, 5, 3, width).transpose(1, 0, 2).slice(1, 0, 5),
      };
      for (Tensor y : others) {
        float[] a = x.toFloats();
        float[] b = y.broadcast(x.shape()).toFloats();
        float[] sum = new float[a.length];
        float[] product = new float[a.length];
        float[] larger = new float[a.length];
        for (int i = 0; i < a.length; i++) {
          sum[i] = a[i] + b[i];
          product[i] = a[i] * b[i];
          larger[i] = Math.max(a[i], b[i]);
        }
        assertThat(x.plus(y).toFloats()).isEqualTo(sum);
        assertThat(y.plus(x).toFloats()).isEqualTo(sum);
        assertThat(y.times(x).toFloats()).isEqualTo(product);
        assertThat(x.maximum(y).toFloats()).isEqualTo(larger);
      }
    });
  }

  @Test
  void sumsAlongEveryAxis() {
    forWidths((engine, width) -> {
      Tensor x = random(engine, new Random(width), 4, 3, width);
      float[] values = x.toFloats();
      for (int axis = 0; axis < 3; axis++) {
        Shape shape = x.shape().with(axis, 1);
        double[] sums = new double[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
          int[] at = {i / width / 3, i / width % 3, i % width};
          at[axis] = 0;
          int inner = axis == 2 ? 1 : width;
          int middle = axis == 1 ? 1 : 3;
          sums[(at[0] * middle + at[1]) * inner + at[2]] += values[i];
        }
        float[] expected = new float[sums.length];
        for (int i = 0; i < sums.length; i++) {
          expected[i] = (float) sums[i];
        }
        assertClose("axis " + axis, x.sum(axis).toFloats(), expected, 2e-5);
      }
    });
  }

  @Test
  void theLargestAreFoundInOrder() {
    forWidths((engine, width) -> {
      Tensor x = engine.of(ties(width), 2, width);
      float[] values = x.toFloats();
      for (int row = 0; row < 2; row++) {
        int from = row * width;
        Integer[] order =
            IntStream.range(0, width)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -values[from + i] + 0d))
                .toArray(Integer[]::new);
        int count = Math.min(width, 5);
        int[] top = x.topK(count).toInts();
        for (int k = 0; k < count; k++) {
          assertThat(top[row * count + k]).isEqualTo(order[k]);
        }
        assertThat(x.argMax().toInts()[row]).isEqualTo(order[0]);
      }
    });
  }

  @Test
  void theLargestOfManyAreThoseOfASort() {
    var r = new Random(7);
    int width = 20_011;
    float[] values = new float[width];
    for (int i = 0; i < width; i++) {
      values[i] = r.nextInt(400); // ties everywhere
    }
    Integer[] order =
        IntStream.range(0, width)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -values[i]))
            .toArray(Integer[]::new);
    try (Engine engine = Cpu.engine(1);
        Scope _ = engine.scope()) {
      Tensor x = engine.of(values, 1, width);
      for (int count : new int[] {1, 8, 200}) {
        int[] top = x.topK(count).toInts();
        for (int k = 0; k < count; k++) {
          assertThat(top[k]).isEqualTo(order[k]);
        }
      }
      assertThat(x.argMax().toInts()).containsExactly(order[0]);
    }
  }

  private static float[] ties(int width) {
    var r = new Random(width);
    float[] values = new float[2 * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = r.nextInt(7) - 3;
    }
    return values;
  }

  @Test
  void lossesAreNegativeLogarithmsOfProbabilities() {
    forWidths((engine, width) -> {
      Tensor x = random(engine, new Random(width), 3, width).times(3);
      float[] values = x.toFloats();
      int[] targets = {0, -1, width - 1};
      float[] got = x.crossEntropy(engine.of(targets, 3)).toFloats();
      for (int i = 0; i < 3; i++) {
        double[] row = row(values, i, width);
        double sum = Arrays.stream(row).map(Math::exp).sum();
        double loss = targets[i] < 0 ? 0 : Math.log(sum) - row[targets[i]];
        assertThat((double) got[i]).isBetween(loss - 2e-6, loss + 2e-6);
      }
    });
  }

  @Test
  void anglesAreProductsOfFloats() {
    forAllKernels(engine -> {
      for (boolean interleaved : new boolean[] {false, true}) {
        for (int pairs : new int[] {1, 4, 9, 32}) {
          Tensor x = random(engine, new Random(pairs), 2, 7, 3, 2 * pairs).transpose(0, 2, 1, 3);
          Tensor frequencies = random(engine, new Random(8), pairs);
          Tensor offsets = engine.of(new int[] {90_001, 5}, 2);
          float[] got = x.rope(offsets, frequencies, interleaved, .5f).toFloats();
          float[] values = x.toFloats();
          float[] steps = frequencies.toFloats();
          int apart = interleaved ? 1 : pairs;
          for (int row = 0; row < 2 * 3 * 7; row++) {
            float position = (row < 21 ? 90_001 : 5) + row % 7;
            for (int p = 0; p < pairs; p++) {
              float angle = position * steps[p];
              int i = row * 2 * pairs + (interleaved ? 2 * p : p);
              double first = values[i] * Math.cos(angle) - values[i + apart] * Math.sin(angle);
              double second = values[i + apart] * Math.cos(angle) + values[i] * Math.sin(angle);
              assertThat((double) got[i]).isBetween(.5 * first - 5e-7, .5 * first + 5e-7);
              assertThat((double) got[i + apart]).isBetween(.5 * second - 5e-7, .5 * second + 5e-7);
            }
          }
        }
      }
    });
  }

  @Test
  void integersKeepTheirBits() {
    try (Engine engine = Cpu.engine(2);
        Scope _ = engine.scope()) {
      int[] large = {Integer.MAX_VALUE, Integer.MIN_VALUE, 16777217, -1, 7, 8};
      Tensor x = engine.of(large, 2, 3);
      assertThat(Tensor.concat(0, x, x).slice(0, 2, 4).toInts()).isEqualTo(large);
      int[] turned = x.transpose(1, 0).toInts();
      assertThat(turned)
          .containsExactly(large[0], large[3], large[1], large[4], large[2], large[5]);
      int[] gathered = x.gather(engine.of(new int[] {1, 0}, 2)).toInts();
      assertThat(gathered).containsExactly(-1, 7, 8, large[0], large[1], large[2]);
      assertThat(x.cast(DType.I32).toInts()).isEqualTo(large);
    }
  }
}
