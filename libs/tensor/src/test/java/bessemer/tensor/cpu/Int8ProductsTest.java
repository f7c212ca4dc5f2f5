package bessemer.tensor.cpu;

import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Numbers;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Products with weights of int8 that have one scale a row, against sums of doubles, on all kernels
/// that this machine can run.
class Int8ProductsTest {
  private static final int[] ROWS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 33};

  static Stream<Optional<NativeKernels>> kernels() {
    return AllKernels.stream();
  }

  private static Engine engine(Optional<NativeKernels> kernels, int threads) {
    return new Engine(new Cpu(threads, Activations.INT8, kernels));
  }

  /// A matrix `[columns, width]`.
  private record Weights(byte[] bytes, float[] each, Tensor codes, Tensor scales) {
    static Weights of(Engine engine, byte[] bytes, float[] each) {
      var spec = new Spec(DType.I8, Shape.of(each.length, bytes.length / each.length));
      Tensor codes = engine.copy(MemorySegment.ofArray(bytes), spec);
      return new Weights(bytes, each, codes, engine.of(each, each.length));
    }

    static Weights random(Engine engine, Random r, int columns, int width) {
      byte[] bytes = new byte[columns * width];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (r.nextInt(255) - 127);
      }
      float[] each = Numbers.random(r, columns);
      return of(engine, bytes, each);
    }

    int width() {
      return bytes.length / each.length;
    }

    Tensor product(Tensor x, float step) {
      return x.int8Matmul(codes, scales, step);
    }
  }

  /// The arithmetic that kernels do, in doubles; the same bits but for the last two roundings.
  private static double expected(float[] x, int row, Weights w, int column, float fixed) {
    int width = w.width();
    float most = 0;
    for (int i = 0; i < width; i++) {
      most = Math.max(most, Math.abs(x[row * width + i]));
    }
    float step = fixed > 0 ? fixed : most / 127;
    float inverse = fixed > 0 ? 1 / fixed : 127 / most;
    long sum = 0;
    for (int i = 0; i < width; i++) {
      long code = Math.clamp((long) Math.rint(x[row * width + i] * inverse), -127, 127);
      sum += code * w.bytes[column * width + i];
    }
    return (double) sum * step * w.each[column];
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void agreeWithDoublesOfTheSameCodes(Optional<NativeKernels> kernels) {
    var r = new Random(1);
    try (Engine engine = engine(kernels, 2)) {
      for (int width : new int[] {64, 448, 1152}) {
        for (float step : new float[] {0, .01f}) {
          for (int rows : ROWS) {
            check(engine, r, rows, 1 + r.nextInt(70), width, step);
          }
        }
      }
    }
  }

  private static void check(Engine engine, Random r, int rows, int columns, int width, float step) {
    try (Scope _ = engine.scope()) {
      Weights w = Weights.random(engine, r, columns, width);
      Tensor x = random(engine, r, rows, width);
      float[] activations = x.toFloats();
      float[] got = w.product(x, step).toFloats();
      for (int i = 0; i < got.length; i++) {
        double wanted = expected(activations, i / columns, w, i % columns, step);
        assertThat((double) got[i])
            .as("width %d, %d rows, step %s, at %d", width, rows, step, i)
            .isCloseTo(wanted, within(3e-7 * Math.abs(wanted) + 1e-30));
      }
    }
  }

  @Test
  void allKernelsGiveTheSameBits() {
    List<float[]> results = new ArrayList<>();
    kernels()
        .forEach(kernels -> {
          var r = new Random(2);
          try (Engine engine = engine(kernels, 2);
              Scope _ = engine.scope()) {
            Weights w = Weights.random(engine, r, 700, 640);
            List<Tensor> parts = new ArrayList<>();
            for (int rows : new int[] {1, 3, 8, 21}) {
              parts.add(w.product(random(engine, r, rows, 640), 0));
            }
            results.add(Tensor.concat(0, parts.toArray(Tensor[]::new)).toFloats());
          }
        });
    results.forEach(result -> assertThat(result).isEqualTo(results.getFirst()));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void extremesNeitherSaturateNorOverflow(Optional<NativeKernels> kernels) {
    try (Engine engine = engine(kernels, 1);
        Scope _ = engine.scope()) {
      int width = 1 << 17;
      byte[] bytes = new byte[3 * width];
      Arrays.fill(bytes, (byte) 127);
      Arrays.fill(bytes, 0, width, (byte) -127);
      Weights w = Weights.of(engine, bytes, new float[] {1, 1, 1});
      for (int rows : new int[] {1, 8, 12}) {
        float[] got = w.product(engine.fill(127, rows, width), 0).toFloats();
        for (int i = 0; i < got.length; i++) {
          float sum = 127f * 127 * width;
          assertThat(got[i]).isEqualTo(i % 3 == 0 ? -sum : sum);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aCalibratedStepCutsWhatIsBeyondIt(Optional<NativeKernels> kernels) {
    try (Engine engine = engine(kernels, 1);
        Scope _ = engine.scope()) {
      byte[] bytes = new byte[64];
      Arrays.fill(bytes, (byte) 1);
      Weights w = Weights.of(engine, bytes, new float[] {1});
      for (float x : new float[] {3, 1e20f, -5}) {
        float got = w.product(engine.fill(x, 1, 64), 1 / 127f).item();
        assertThat(got).isCloseTo(64 * Math.signum(x), within(1e-5f));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void zerosAndTinyNumbersGiveZeroAndWhatIsNotANumberStaysVisible(Optional<NativeKernels> kernels) {
    try (Engine engine = engine(kernels, 1);
        Scope _ = engine.scope()) {
      Weights w = Weights.random(engine, new Random(3), 20, 128);
      for (int rows : new int[] {1, 10}) {
        for (float small : new float[] {0, 1e-40f}) {
          float[] got = w.product(engine.fill(small, rows, 128), 0).toFloats();
          for (float value : got) {
            assertThat(value == 0).isTrue(); // or -0
          }
        }
        for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
          float[] x = new float[rows * 128];
          x[5] = odd;
          for (float step : new float[] {0, 1}) {
            float[] got = w.product(engine.of(x, rows, 128), step).toFloats();
            for (int i = 0; i < got.length; i++) {
              assertThat(Float.isFinite(got[i])).isEqualTo(i >= 20);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void resultsDoNotDependOnTheNumberOfThreads(Optional<NativeKernels> kernels) {
    List<float[]> results = new ArrayList<>();
    for (int threads : new int[] {1, 2, 5}) {
      var r = new Random(4);
      try (Engine engine = engine(kernels, threads);
          Scope _ = engine.scope()) {
        Weights w = Weights.random(engine, r, 701, 640);
        Tensor few = w.product(random(engine, r, 2, 640), 0);
        Tensor many = w.product(random(engine, r, 27, 640), 0);
        results.add(Tensor.concat(0, few, many).toFloats());
      }
    }
    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(results.get(2)).isEqualTo(results.get(0));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void anExactEngineDoesNotRound(Optional<NativeKernels> kernels) {
    var r = new Random(5);
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      Weights w = Weights.random(engine, r, 70, 600);
      for (int rows : new int[] {1, 5, 30}) {
        Tensor x = random(engine, r, rows, 600);
        float[] activations = x.toFloats();
        float[] got = w.product(x, .5f).toFloats();
        for (int i = 0; i < got.length; i++) {
          double sum = 0;
          double magnitude = 0;
          for (int k = 0; k < 600; k++) {
            double product =
                (double) activations[i / 70 * 600 + k] * w.bytes[i % 70 * 600 + k] * w.each[i % 70];
            sum += product;
            magnitude += Math.abs(product);
          }
          assertThat((double) got[i]).isCloseTo(sum, within(1e-6 * magnitude));
        }
      }
    }
  }
}
