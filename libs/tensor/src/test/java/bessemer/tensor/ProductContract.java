package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Numbers.random;
import static bessemer.tensor.Views.tolerance;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.nn.Linear;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Products against sums of doubles, over odd, empty, strided and broadcast shapes in the types
/// that models hold them in.
public interface ProductContract {
  /// A new engine of the calling thread.
  Engine engine();

  /// Rows, inner, columns.
  long[][] SIZES = {
    {1, 1, 1}, {1, 67, 33}, {5, 7, 9}, {0, 4, 3}, {2, 0, 3}, {3, 4, 0}, {17, 40, 65}
  };

  /// Left and right; the right one may be narrower than the left.
  DType[][] TYPES = {
    {DType.F32, DType.F32},
    {DType.F32, DType.F16},
    {DType.F32, DType.BF16},
    {DType.F16, DType.F16},
    {DType.BF16, DType.BF16}
  };

  private static float[] product(float[] x, float[] w, int rows, int inner, int columns) {
    float[] out = new float[rows * columns];
    for (int i = 0; i < out.length; i++) {
      double sum = 0;
      for (int k = 0; k < inner; k++) {
        sum += (double) x[i / columns * inner + k] * w[k * columns + i % columns];
      }
      out[i] = (float) sum;
    }
    return out;
  }

  /// The error of a sum grows with its length and shrinks with the magnitude compared with.
  private static double bound(DType type, long inner) {
    return tolerance(type) * Math.max(1, Math.sqrt(inner));
  }

  @Test
  default void productsHoldOverViewsOfEveryType() {
    var r = new Random(21);
    try (Engine engine = engine()) {
      for (DType[] types : TYPES) {
        for (long[] size : SIZES) {
          for (Views left : Views.values()) {
            for (Views right : Views.values()) {
              try (Scope _ = engine.scope()) {
                Tensor x = left.of(engine, r, types[0], size[0], size[1]);
                Tensor w = right.of(engine, r, types[1], size[1], size[2]);
                product(x, w, size);
              }
            }
          }
        }
      }
    }
  }

  private static void product(Tensor x, Tensor w, long[] size) {
    float[] expected =
        product(x.toFloats(), w.toFloats(), (int) size[0], (int) size[1], (int) size[2]);
    double bound = bound(x.dtype(), size[1]);
    assertClose(x + " x " + w, x.matmul(w).toFloats(), expected, bound);
    Tensor turned = w.transpose(1, 0);
    assertClose(x + " xT " + w, x.matmulTransposed(turned).toFloats(), expected, bound);
    assertThat(x.matmul(w).dtype()).isEqualTo(x.dtype());
    Tensor bias = bias(x, expected, size[2]);
    String biased = x + " xT " + w + " + " + bias;
    assertClose(biased, x.matmulTransposed(turned, bias).toFloats(), expected, bound);
  }

  /// A random bias of the type of `x`, added to what is expected.
  private static Tensor bias(Tensor x, float[] expected, long columns) {
    Tensor bias = random(x.engine(), new Random(columns), columns).cast(x.dtype());
    float[] values = bias.toFloats();
    for (int i = 0; i < expected.length; i++) {
      expected[i] += values[i % values.length];
    }
    return bias;
  }

  @Test
  default void batchesMultiplyOneByOne() {
    var r = new Random(22);
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      for (Views view : Views.values()) {
        Tensor x = view.of(engine, r, DType.F32, 2, 3, 5, 7);
        Tensor w = view.of(engine, r, DType.F32, 2, 3, 7, 9);
        float[] got = x.matmul(w).toFloats();
        for (int i = 0; i < 6; i++) {
          Tensor a = x.slice(0, i / 3, i / 3 + 1).slice(1, i % 3, i % 3 + 1).reshape(5, 7);
          Tensor b = w.slice(0, i / 3, i / 3 + 1).slice(1, i % 3, i % 3 + 1).reshape(7, 9);
          float[] expected = product(a.toFloats(), b.toFloats(), 5, 7, 9);
          float[] part = java.util.Arrays.copyOfRange(got, 45 * i, 45 * (i + 1));
          assertClose(view + " " + i, part, expected, 2e-6 * 3);
        }
      }
    }
  }

  @Test
  default void quantizedProductsHoldForEveryWidthAndType() {
    var r = new Random(23);
    try (Engine engine = engine()) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
          for (long rows : new long[] {0, 1, 2, 7}) {
            for (Views view : Views.values()) {
              try (Scope _ = engine.scope()) {
                quantized(engine, r, new Quantization(bits, 32), type, view, rows);
              }
            }
          }
        }
      }
    }
  }

  private static void quantized(
      Engine engine, Random r, Quantization q, DType type, Views view, long rows) {
    int[] codes = r.ints(9 * q.words(96)).toArray();
    Spec words = new Spec(DType.U32, Shape.of(9, q.words(96)));
    Tensor packed = engine.copy(MemorySegment.ofArray(codes), words);
    Tensor scales = random(engine, r, 9, 3).cast(type);
    Tensor biases = random(engine, r, 9, 3).cast(type);
    Tensor x = view.of(engine, r, DType.F32, rows, 96);
    float[] weights =
        packed.dequantize(scales.cast(DType.F32), biases.cast(DType.F32), q).toFloats();
    Tensor transposed = engine.of(weights, 9, 96).transpose(1, 0);
    float[] expected = product(x.toFloats(), transposed.toFloats(), (int) rows, 96, 9);
    float[] got = x.quantizedMatmul(packed, scales, biases, q).toFloats();
    assertClose(q + " " + type + " " + view, got, expected, 2e-5 * (1 << q.bits()));
    Tensor bias = bias(x, expected, 9);
    float[] biased = x.quantizedMatmul(packed, scales, biases, q, bias).toFloats();
    assertClose(q + " " + type + " and a bias", biased, expected, 2e-5 * (1 << q.bits()));
    assertThat(packed.dequantize(scales, biases, q).dtype()).isEqualTo(type);
  }

  /// 96 is whole groups of MLX's quantization, 100 is not.
  @Test
  default void productsAndRowsOfInt8Hold() {
    var r = new Random(26);
    try (Engine engine = engine()) {
      for (int width : new int[] {96, 100}) {
        for (long rows : new long[] {0, 1, 7, 30}) {
          for (Views view : Views.values()) {
            try (Scope _ = engine.scope()) {
              int8(engine, r, width, view, rows);
            }
          }
        }
      }
    }
  }

  private static void int8(Engine engine, Random r, int width, Views view, long rows) {
    byte[] bytes = new byte[9 * width];
    float[] scales = new float[9];
    float[] weights = new float[bytes.length];
    float[] bias = Numbers.random(r, 9);
    for (int i = 0; i < bytes.length; i++) {
      scales[i / width] = .01f * (1 + i / width);
      bytes[i] = (byte) (r.nextInt(255) - 127);
      weights[i] = bytes[i] * scales[i / width];
    }
    Spec spec = new Spec(DType.I8, Shape.of(9, width));
    var linear =
        new Linear.Int8(
            "linear",
            new Parameter("codes", engine.copy(MemorySegment.ofArray(bytes), spec)),
            new Parameter("scales", engine.of(scales, 9)),
            0,
            List.of(new Parameter("bias", engine.of(bias, 9))));
    Tensor x = view.of(engine, r, DType.F32, rows, width);
    Tensor transposed = engine.of(weights, 9, width).transpose(1, 0);
    float[] expected = product(x.toFloats(), transposed.toFloats(), (int) rows, width, 9);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += bias[i % 9];
    }
    String what = "%d wide, %s, %d rows".formatted(width, view, rows);
    assertClose(what, linear.forward(x).toFloats(), expected, 2e-5);
    float[] got = linear.rows(engine.of(new int[] {8, 0, 8}, 1, 3)).toFloats();
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i]).isEqualTo(weights[(i / width == 1 ? 0 : 8 * width) + i % width]);
    }
  }
}
