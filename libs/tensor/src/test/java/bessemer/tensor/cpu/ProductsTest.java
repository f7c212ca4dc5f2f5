package bessemer.tensor.cpu;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every way to compute a product against sums of doubles.
class ProductsTest {
  private static final double TOLERANCE = 2e-6;

  private static float[] naive(float[] a, float[] b, int rows, int columns, int inner) {
    float[] out = new float[rows * columns];
    for (int i = 0; i < out.length; i++) {
      double sum = 0;
      for (int k = 0; k < inner; k++) {
        sum += (double) a[i / columns * inner + k] * b[i % columns * inner + k];
      }
      out[i] = (float) sum;
    }
    return out;
  }

  private static double tolerance(int inner) {
    return TOLERANCE * Math.max(1, Math.sqrt(inner));
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void agreesWithDoublesForOddSizesAndAllTypes(Optional<NativeKernels> kernels) {
    var r = new Random(1);
    int[][] sizes = {
      {1, 1, 1},
      {1, 7, 9},
      {2, 8, 63},
      {3, 9, 64},
      {4, 17, 65},
      {5, 33, 8},
      {8, 5, 100},
      {9, 15, 16},
      {13, 16, 31},
      {97, 31, 7},
      {100, 65, 520},
      {6, 100, 1030},
      {193, 530, 33}
    };
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (int[] n : sizes) {
        for (DType type : new DType[] {DType.F32, DType.F16, DType.BF16}) {
          Tensor a = random(engine, r, n[0], n[2]);
          Tensor b = random(engine, r, n[1], n[2]).cast(type);
          float[] expected = naive(a.toFloats(), floats(b), n[0], n[1], n[2]);
          String what = type + " " + n[0] + "x" + n[1] + "x" + n[2];
          double tolerance = tolerance(n[2]);
          assertClose(what, a.matmulTransposed(b).toFloats(), expected, tolerance);
          Tensor turned = copy(b.transpose(1, 0));
          assertClose(what + " turned", a.matmul(turned).toFloats(), expected, tolerance);
          Tensor view = copy(a.transpose(1, 0)).transpose(1, 0);
          assertClose(what + " view", view.matmulTransposed(b).toFloats(), expected, tolerance);
        }
      }
    }
  }

  private static float[] floats(Tensor x) {
    return x.cast(DType.F32).toFloats();
  }

  /// The same elements, row by row in memory.
  private static Tensor copy(Tensor x) {
    return Tensor.concat(0, x);
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void narrowActivationsAreRoundedOnceAtTheEnd(Optional<NativeKernels> kernels) {
    var r = new Random(2);
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (int rows : new int[] {1, 4, 33}) {
        Tensor a = random(engine, r, rows, 70).cast(DType.BF16);
        Tensor b = random(engine, r, 20, 70).cast(DType.BF16);
        float[] got = floats(a.matmulTransposed(b));
        float[] expected = naive(floats(a), floats(b), rows, 20, 70);
        assertClose("bf16", got, expected, 1. / 256);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void multipliesBatchesAndSlices(Optional<NativeKernels> kernels) {
    var r = new Random(3);
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (int rows : new int[] {1, 3, 20}) {
        Tensor a = random(engine, r, 2, 3, rows + 2, 20).slice(2, 1, rows + 1).slice(3, 3, 20);
        Tensor b = random(engine, r, 2, 11, 3, 17).transpose(0, 2, 1, 3);
        float[] got = a.matmulTransposed(b).toFloats();
        float[] other = a.matmul(b.swapLast()).toFloats();
        for (int i = 0; i < 6; i++) {
          float[] x = a.reshape(6, rows, 17).slice(0, i, i + 1).toFloats();
          float[] y = b.reshape(6, 11, 17).slice(0, i, i + 1).toFloats();
          float[] expected = naive(x, y, rows, 11, 17);
          int from = i * rows * 11;
          assertClose("batch", part(got, from, expected.length), expected, 1e-5);
          assertClose("batch", part(other, from, expected.length), expected, 1e-5);
        }
      }
    }
  }

  private static float[] part(float[] all, int from, int count) {
    return java.util.Arrays.copyOfRange(all, from, from + count);
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void quantizedProductsAgreeWithDoublesForAnyNumberOfRows(Optional<NativeKernels> kernels) {
    var r = new Random(4);
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        for (int group : new int[] {32, 64, 128}) {
          for (int width : new int[] {128, 384, 640}) {
            check(engine, r, new Quantization(bits, group), width);
          }
        }
      }
    }
  }

  private static void check(Engine engine, Random r, Quantization q, int width) {
    int columns = 37;
    int[] codes = r.ints(columns * q.words(width)).toArray();
    var spec = new Spec(DType.U32, Shape.of(columns, q.words(width)));
    try (Scope _ = engine.scope()) {
      for (DType type : new DType[] {DType.F32, DType.F16, DType.BF16}) {
        Tensor words = engine.copy(MemorySegment.ofArray(codes), spec);
        Tensor scales = random(engine, r, columns, q.groups(width)).times(.01f).cast(type);
        Tensor biases = random(engine, r, columns, q.groups(width)).cast(type);
        float[] weights = unpack(codes, floats(scales), floats(biases), q, columns * width);
        for (int rows : new int[] {1, 3, 4, 6, 8, 25, 61}) {
          Tensor x = random(engine, r, rows, width);
          float[] expected = naive(x.toFloats(), weights, rows, columns, width);
          float[] got = x.quantizedMatmul(words, scales, biases, q).toFloats();
          assertClose(q + " " + rows, got, expected, 5 * tolerance(width));
        }
      }
    }
  }

  private static float[] unpack(
      int[] words, float[] scales, float[] biases, Quantization q, int count) {
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      long code = 0;
      for (int bit = 0; bit < q.bits(); bit++) {
        long at = (long) i * q.bits() + bit;
        code |= (words[(int) (at / 32)] >>> at % 32 & 1L) << bit;
      }
      weights[i] = code * scales[i / q.group()] + biases[i / q.group()];
    }
    return weights;
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void unpackedWeightsAreBitByBitThoseOfTheFormat(Optional<NativeKernels> kernels) {
    var r = new Random(5);
    try (Engine engine = AllKernels.engine(kernels, 1);
        Scope _ = engine.scope()) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        var q = new Quantization(bits, 32);
        int[] codes = r.ints(5 * q.words(96)).toArray();
        var spec = new Spec(DType.U32, Shape.of(5, q.words(96)));
        Tensor words = engine.copy(MemorySegment.ofArray(codes), spec);
        Tensor scales = random(engine, r, 5, 3);
        Tensor biases = random(engine, r, 5, 3);
        float[] expected = unpack(codes, scales.toFloats(), biases.toFloats(), q, 5 * 96);
        assertThat(words.dequantize(scales, biases, q).toFloats()).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void resultsDoNotDependOnTheNumberOfThreads(Optional<NativeKernels> kernels) {
    float[] one = manyProducts(kernels, 1);
    assertThat(manyProducts(kernels, 2)).isEqualTo(one);
    assertThat(manyProducts(kernels, 5)).isEqualTo(one);
  }

  private static float[] manyProducts(Optional<NativeKernels> kernels, int threads) {
    var r = new Random(6);
    try (Engine engine = AllKernels.engine(kernels, threads);
        Scope _ = engine.scope()) {
      Tensor w = random(engine, r, 700, 640);
      Tensor few = random(engine, r, 3, 640).matmulTransposed(w);
      Tensor many = random(engine, r, 101, 640).matmulTransposed(w);
      var q = new Quantization(4, 64);
      int[] codes = r.ints(701 * q.words(640)).toArray();
      var spec = new Spec(DType.U32, Shape.of(701, q.words(640)));
      Tensor words = engine.copy(MemorySegment.ofArray(codes), spec);
      Tensor scales = random(engine, r, 701, 10);
      Tensor x = random(engine, r, 5, 640);
      Tensor packed = x.quantizedMatmul(words, scales, scales, q);
      Tensor sums = many.sum(0).plus(many.softmax().sum(0));
      return Tensor.concat(
              1,
              few.reshape(1, few.shape().size()),
              many.reshape(1, many.shape().size()),
              packed.reshape(1, packed.shape().size()),
              sums)
          .toFloats();
    }
  }
}
