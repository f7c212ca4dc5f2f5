package bessemer.tensor.cpu;

import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Numbers;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Products of rounded activations against sums of doubles of the same codes, on all kernels that
/// this machine can run.
class RoundedProductsTest {
  private static final double TOLERANCE = 5e-7; // of the sum of magnitudes

  static List<NativeKernels> kernels() {
    return NativeKernels.available();
  }

  private static Engine engine(NativeKernels kernels, int threads) {
    return new Engine(new Cpu(threads, Activations.INT8, Optional.of(kernels)));
  }

  /// A matrix as codes, scales and biases, and what they stand for.
  private record Weights(Tensor words, Tensor scales, Tensor biases, Quantization q, int width) {
    static Weights random(Engine engine, Random r, Quantization q, int columns, int width) {
      int[] words = r.ints(columns * q.words(width)).toArray();
      var spec = new Spec(DType.U32, Shape.of(columns, q.words(width)));
      DType type = new DType[] {DType.F32, DType.F16, DType.BF16}[r.nextInt(3)];
      Tensor scales = scales(engine, r, columns, q.groups(width)).times(.01f).cast(type);
      Tensor biases = scales(engine, r, columns, q.groups(width)).cast(type);
      return new Weights(engine.copy(MemorySegment.ofArray(words), spec), scales, biases, q, width);
    }

    private static Tensor scales(Engine engine, Random r, long... dims) {
      return Numbers.random(engine, r, dims);
    }

    Tensor product(Tensor x) {
      return x.quantizedMatmul(words, scales, biases, q);
    }

    int[] codes() {
      Tensor ones = scales.times(0).plus(1);
      float[] codes = words.dequantize(ones, biases.times(0), q).cast(DType.F32).toFloats();
      int[] integers = new int[codes.length];
      for (int i = 0; i < codes.length; i++) {
        integers[i] = (int) codes[i];
      }
      return integers;
    }
  }

  @ParameterizedTest(allowZeroInvocations = true) // without a C compiler
  @MethodSource("kernels")
  void agreeWithDoublesOfTheSameCodes(NativeKernels kernels) {
    var r = new Random(1);
    try (Engine engine = engine(kernels, 2)) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        for (int group : new int[] {32, 64, 128}) {
          for (int width : new int[] {128, 448, 1152}) {
            var q = new Quantization(bits, group);
            if (q.fits(width)) {
              check(engine, r, q, width);
            }
          }
        }
      }
    }
  }

  private static void check(Engine engine, Random r, Quantization q, int width) {
    int columns = 1 + r.nextInt(40);
    try (Scope _ = engine.scope()) {
      Weights w = Weights.random(engine, r, q, columns, width);
      int[] codes = w.codes();
      float[] scales = w.scales.cast(DType.F32).toFloats();
      float[] biases = w.biases.cast(DType.F32).toFloats();
      for (int rows : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 33}) {
        Tensor x = random(engine, r, rows, width);
        float[] got = w.product(x).toFloats();
        float[] activations = x.toFloats();
        for (int i = 0; i < rows * columns; i++) {
          int row = i / columns;
          int column = i % columns;
          String what = "%s, width %d, %d rows, at %d %d".formatted(q, width, rows, row, column);
          var sum = new Sum();
          for (int g = 0; g < width / q.group(); g++) {
            int at = column * (width / q.group()) + g;
            int from = g * q.group();
            sum.add(q, activations, row * width + from, codes, column * width + from);
            sum.scale(scales[at], biases[at]);
          }
          assertThat(Math.abs(got[i] - sum.total)).as(what).isLessThan(TOLERANCE * sum.magnitude);
        }
      }
    }
  }

  /// The arithmetic that kernels do, in doubles.
  private static final class Sum {
    double total;
    double magnitude;
    private double step;
    private long products;
    private long sum;
    private long magnitudes;

    void add(Quantization q, float[] x, int at, int[] codes, int from) {
      float most = 0;
      for (int i = 0; i < q.group(); i++) {
        most = Math.max(most, Math.abs(x[at + i]));
      }
      step = most / 127.;
      products = 0;
      sum = 0;
      magnitudes = 0;
      for (int i = 0; i < q.group(); i++) {
        long code = most == 0 ? 0 : (long) Math.rint(x[at + i] * (127 / most));
        products += code * codes[from + i];
        sum += code;
        magnitudes += Math.abs(code) * codes[from + i];
      }
    }

    void scale(double scale, double bias) {
      total += step * (scale * products + bias * sum);
      magnitude += step * (Math.abs(scale) * magnitudes + Math.abs(bias * sum));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true) // without a C compiler
  @MethodSource("kernels")
  void extremesNeitherSaturateNorOverflow(NativeKernels kernels) {
    try (Engine engine = engine(kernels, 1);
        Scope _ = engine.scope()) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        var q = new Quantization(bits, 128);
        int most = (1 << bits) - 1;
        int[] words = new int[(int) (17 * q.words(256))];
        Arrays.fill(words, -1);
        var spec = new Spec(DType.U32, Shape.of(17, q.words(256)));
        Tensor w = engine.copy(MemorySegment.ofArray(words), spec);
        Tensor ones = engine.fill(1, 17, 2);
        for (int rows : new int[] {1, 8, 12}) {
          for (float x : new float[] {1, -1}) {
            Tensor got = engine.fill(x, rows, 256).quantizedMatmul(w, ones, ones, q);
            for (float value : got.toFloats()) {
              assertThat(value).isCloseTo(256 * x * (most + 1), within(1e-6 * 256 * (most + 1)));
            }
          }
        }
      }
    }
  }

  private static Offset<Float> within(double bound) {
    return Offset.offset((float) bound);
  }

  @ParameterizedTest(allowZeroInvocations = true) // without a C compiler
  @MethodSource("kernels")
  void zerosAndTinyNumbersGiveZeroAndWhatIsNotANumberStaysVisible(NativeKernels kernels) {
    try (Engine engine = engine(kernels, 1);
        Scope _ = engine.scope()) {
      Weights w = Weights.random(engine, new Random(3), new Quantization(4, 64), 20, 128);
      for (int rows : new int[] {1, 10}) {
        assertThat(w.product(engine.fill(0, rows, 128)).toFloats()).containsOnly(0);
        assertThat(w.product(engine.fill(1e-40f, rows, 128)).toFloats()).containsOnly(0);
        for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
          float[] x = new float[rows * 128];
          x[5] = odd;
          float[] got = w.product(engine.of(x, rows, 128)).toFloats();
          for (int i = 0; i < 20; i++) {
            assertThat(Float.isFinite(got[i])).isFalse();
          }
        }
      }
    }
  }

  @ParameterizedTest(allowZeroInvocations = true) // without a C compiler
  @MethodSource("kernels")
  void resultsDoNotDependOnTheNumberOfThreads(NativeKernels kernels) {
    List<float[]> results = new ArrayList<>();
    for (int threads : new int[] {1, 2, 5}) {
      var r = new Random(4);
      try (Engine engine = engine(kernels, threads);
          Scope _ = engine.scope()) {
        Weights w = Weights.random(engine, r, new Quantization(4, 64), 701, 640);
        Tensor few = w.product(random(engine, r, 2, 640));
        Tensor many = w.product(random(engine, r, 21, 640));
        results.add(Tensor.concat(0, few, many).toFloats());
      }
    }
    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(results.get(2)).isEqualTo(results.get(0));
  }

  @Test
  void anUnknownKindOfKernelsIsRefusedByName() {
    assertThatThrownBy(() -> NativeKernels.choose("sse9"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("auto, java, amx, avx512, avx2, neon")
        .hasMessageContaining("sse9");
    assertThat(NativeKernels.choose("java")).isEmpty();
  }

  @Test
  void kernelsThatTheMachineLacksAreRefused() {
    List<String> available = kernels().stream().map(NativeKernels::toString).toList();
    for (Instructions kind : Instructions.values()) {
      if (!available.contains(kind.toString())) {
        assertThatThrownBy(() -> NativeKernels.choose(kind.toString()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("bessemer.kernels=" + kind + ": this ");
      }
    }
  }

  @Test
  void theNativeFileIsUnpackedOnceUnderTheNameOfItsContent(@TempDir Path folder)
      throws IOException {
    Path first = NativeFile.unpacked(new byte[] {1, 2}, folder);
    assertThat(NativeFile.unpacked(new byte[] {1, 2}, folder)).isEqualTo(first);
    assertThat(NativeFile.unpacked(new byte[] {3}, folder)).isNotEqualTo(first);
    Files.write(first, new byte[] {9}); // damaged
    assertThat(NativeFile.unpacked(new byte[] {1, 2}, folder)).hasBinaryContent(new byte[] {1, 2});
    assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".partial"));
  }
}
