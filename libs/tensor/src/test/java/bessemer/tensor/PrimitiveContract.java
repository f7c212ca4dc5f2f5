package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Views.FLOATS;
import static bessemer.tensor.Views.SHAPES;
import static bessemer.tensor.Views.tolerance;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Every elementwise primitive and every one along an axis against its definition in doubles, over
/// odd, empty, strided and broadcast shapes in all types.
public interface PrimitiveContract {
  /// A new engine of the calling thread.
  Engine engine();

  /// What a test does with one tensor.
  interface Body {
    void with(Engine engine, Views view, Tensor x);
  }

  private void everywhere(Body body) {
    try (Engine engine = engine()) {
      var random = new Random(11);
      for (DType type : FLOATS) {
        for (long[] dims : SHAPES) {
          for (Views view : Views.values()) {
            try (Scope _ = engine.scope()) {
              body.with(engine, view, view.of(engine, random, type, dims));
            }
          }
        }
      }
    }
  }

  private static void holds(String what, Tensor got, Tensor x, double[] expected) {
    holds(what, got, x, expected, 1);
  }

  /// @param summed how many terms each result is a sum of: a backend may add in the type itself
  private static void holds(String what, Tensor got, Tensor x, double[] expected, long summed) {
    String where = "%s of %s".formatted(what, x);
    assertThat(got.dtype()).as(where).isEqualTo(x.dtype());
    float[] values = new float[expected.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) expected[i];
    }
    assertClose(
        where, got.toFloats(), values, tolerance(x.dtype()) * Math.sqrt(Math.max(1, summed)));
  }

  private static double[] each(Tensor x, DoubleUnaryOperator operator) {
    float[] values = x.toFloats();
    double[] out = new double[values.length];
    Arrays.setAll(out, i -> operator.applyAsDouble(values[i]));
    return out;
  }

  private void unary(String name, UnaryOperator<Tensor> op, DoubleUnaryOperator meaning) {
    everywhere((_, _, x) -> holds(name, op.apply(x), x, each(x, meaning)));
  }

  @Test
  default void unaryPrimitivesHoldEverywhere() {
    unary("affine", x -> x.times(-1.5f).plus(.25f), x -> -1.5 * x + .25);
    unary("sigmoid", Tensor::sigmoid, x -> 1 / (1 + Math.exp(-x)));
    unary("silu", Tensor::silu, x -> x / (1 + Math.exp(-x)));
    unary("relu", Tensor::relu, x -> Math.max(0, x));
    unary("power", x -> x.power(2), x -> x * x);
    unary("reshape", x -> x.reshape(x.shape().size()), x -> x);
    unary("alias", Tensor::alias, x -> x);
  }

  @Test
  default void rootsHoldEverywhere() {
    everywhere((_, _, x) -> {
      Tensor positive = x.times(x).plus(.5f);
      holds("root", positive.power(-.5f), x, each(positive, v -> Math.pow(v, -.5)));
    });
  }

  /// The other side has every axis in full, only the last, or only the first.
  private void binary(String name, DoubleBinaryOperator meaning, Combine op) {
    everywhere((engine, view, x) -> {
      var random = new Random(12);
      long[] full = x.shape().dims();
      long[] last = {full[full.length - 1]};
      long[] first = new long[full.length];
      Arrays.fill(first, 1);
      first[0] = full[0];
      for (long[] dims : new long[][] {full, last, first}) {
        Tensor y = view.of(engine, random, x.dtype(), dims);
        float[] a = x.toFloats();
        float[] b = y.broadcast(x.shape()).toFloats();
        double[] expected = new double[a.length];
        Arrays.setAll(expected, i -> meaning.applyAsDouble(a[i], b[i]));
        holds(name + " with " + y, op.of(x, y), x, expected);
        double[] reverse = new double[a.length];
        Arrays.setAll(reverse, i -> meaning.applyAsDouble(b[i], a[i]));
        holds(name + " from " + y, op.of(y, x), x, reverse);
      }
    });
  }

  /// A method of two tensors.
  interface Combine {
    Tensor of(Tensor a, Tensor b);
  }

  @Test
  default void binaryPrimitivesHoldEverywhere() {
    binary("add", Double::sum, Tensor::plus);
    binary("multiply", (a, b) -> a * b, Tensor::times);
    binary("maximum", Math::max, Tensor::maximum);
    binary("where", (a, b) -> a < b ? a : b, (a, b) -> a.lessThan(b).where(a, b));
  }

  /// Rows of the last axis.
  private static double[] rows(Tensor x, UnaryOperator<double[]> row) {
    int width = (int) x.dim(-1);
    float[] values = x.toFloats();
    double[] out = new double[values.length];
    for (int from = 0; from < values.length; from += width) {
      double[] one = new double[width];
      for (int i = 0; i < width; i++) {
        one[i] = values[from + i];
      }
      System.arraycopy(row.apply(one), 0, out, from, width);
    }
    return out;
  }

  @Test
  default void softmaxHoldsEverywhere() {
    everywhere((_, _, x) ->
        holds(
            "softmax",
            x.softmax(),
            x,
            rows(
                x,
                row -> {
                  double total = Arrays.stream(row).map(Math::exp).sum();
                  return Arrays.stream(row).map(v -> Math.exp(v) / total).toArray();
                })));
  }

  @Test
  default void normsHoldEverywhere() {
    everywhere((engine, view, x) -> {
      Tensor weight = view.of(engine, new Random(3), x.dtype(), x.dim(-1));
      Tensor bias = view.of(engine, new Random(4), x.dtype(), x.dim(-1));
      float[] w = weight.toFloats();
      float[] b = bias.toFloats();
      holds(
          "rms norm",
          x.rmsNorm(weight, 1e-3f),
          x,
          rows(
              x,
              row -> {
                double square = Arrays.stream(row).map(v -> v * v).average().orElse(0);
                double[] out = new double[row.length];
                Arrays.setAll(out, i -> row[i] / Math.sqrt(square + 1e-3f) * w[i]);
                return out;
              }));
      if (x.dim(-1) == 1) { // its deviation is nothing but rounding
        return;
      }
      holds(
          "layer norm",
          x.layerNorm(weight, bias, 1e-3f),
          x,
          rows(
              x,
              row -> {
                double mean = Arrays.stream(row).average().orElse(0);
                double square =
                    Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElse(0);
                double[] out = new double[row.length];
                Arrays.setAll(out, i -> (row[i] - mean) / Math.sqrt(square + 1e-3f) * w[i] + b[i]);
                return out;
              }));
    });
  }

  @Test
  default void sumsHoldOverEveryAxis() {
    everywhere((_, _, x) -> {
      float[] values = x.toFloats();
      for (int axis = 0; axis < x.shape().rank(); axis++) {
        Shape kept = x.shape().with(axis, 1);
        double[] expected = new double[(int) kept.size()];
        int below =
            (int) Shape.of(Arrays.copyOfRange(x.shape().dims(), axis + 1, x.shape().rank())).size();
        for (int i = 0; i < values.length; i++) {
          int above = i / below / (int) x.dim(axis);
          expected[above * below + i % below] += values[i];
        }
        Tensor got = x.sum(axis);
        assertThat(got.shape()).isEqualTo(kept);
        holds("sum over " + axis, got, x, expected, x.dim(axis));
      }
    });
  }

  @Test
  default void placesOfTheLargestHoldEverywhere() {
    everywhere((_, _, x) -> {
      int width = (int) x.dim(-1);
      if (width == 0) {
        return;
      }
      float[] values = x.toFloats();
      int[] best = x.argMax().toInts();
      Tensor top = x.topK(Math.min(3, width));
      float[] taken = x.take(top).toFloats();
      for (int row = 0; row < best.length; row++) {
        float[] sorted = Arrays.copyOfRange(values, row * width, (row + 1) * width);
        int place = 0;
        for (int i = 1; i < width; i++) {
          place = sorted[i] > sorted[place] ? i : place;
        }
        assertThat(best[row]).as("argmax of " + x).isEqualTo(place);
        Arrays.sort(sorted);
        int count = Math.min(3, width);
        for (int i = 0; i < count; i++) {
          assertThat(taken[row * count + i]).isEqualTo(sorted[width - 1 - i]);
        }
      }
    });
  }

  @Test
  default void movesHoldEverywhere() {
    everywhere((_, _, x) -> {
      int last = x.shape().rank() - 1;
      float[] values = x.toFloats();
      assertThat(x.reshape(x.shape().size()).reshape(x.shape()).toFloats()).isEqualTo(values);
      Tensor twice = Tensor.concat(last, x, x, x.slice(last, 0, 0));
      assertThat(twice.slice(last, x.dim(last), 2 * x.dim(last)).toFloats()).isEqualTo(values);
      for (DType type : FLOATS) {
        holds("cast", x.cast(type).cast(x.dtype()), x, each(x.cast(type), v -> v));
      }
    });
  }
}
