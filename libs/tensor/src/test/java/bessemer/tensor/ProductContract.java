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

/// Products, rotations, attention and look-ups against sums of doubles, over odd, empty, strided
/// and broadcast shapes in the types that models hold them in.
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

  @Test
  default void rotationsHoldOverViewsOfEveryType() {
    var r = new Random(24);
    float[] radians = {1, .3f, .1f};
    try (Engine engine = engine()) {
      for (DType type : Views.FLOATS) {
        for (Views view : Views.values()) {
          for (boolean interleaved : new boolean[] {false, true}) {
            try (Scope _ = engine.scope()) {
              Tensor x = view.of(engine, r, type, 2, 3, 5, 6);
              int[] offsets = view == Views.DENSE ? new int[] {4, 4} : new int[] {0, 9};
              Tensor got = x.rope(engine.of(offsets, 2), engine.of(radians, 3), interleaved, 1.25f);
              float[] expected = turned(x.toFloats(), offsets, radians, interleaved);
              assertClose(x + " " + view, got.toFloats(), expected, 2 * tolerance(type));
            }
          }
        }
      }
    }
  }

  /// `x [2, 3, 5, 6]`, scaled by 1.25.
  private static float[] turned(float[] x, int[] offsets, float[] radians, boolean interleaved) {
    float[] out = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      int e = i % 6;
      int pair = interleaved ? e / 2 : e % 3;
      boolean first = interleaved ? e % 2 == 0 : e < 3;
      int other = i + (first ? 1 : -1) * (interleaved ? 1 : 3);
      double angle = (i / 6 % 5 + offsets[i / 90]) * (double) radians[pair];
      double turned = x[i] * Math.cos(angle) + (first ? -x[other] : x[other]) * Math.sin(angle);
      out[i] = (float) (1.25 * turned);
    }
    return out;
  }

  @Test
  default void attentionHoldsOverViews() {
    var r = new Random(25);
    long[][] sizes = {{1, 1}, {1, 70}, {5, 5}, {7, 33}};
    Mask[] masks = {new Mask.Causal(), new Mask.Window(3), new Mask.Padded()};
    try (Engine engine = engine()) {
      for (long[] size : sizes) {
        for (Mask mask : masks) {
          for (Views view : Views.values()) {
            try (Scope _ = engine.scope()) {
              Tensor q = view.of(engine, r, DType.F32, 2, 4, size[0], 10);
              Tensor k = view.of(engine, r, DType.F32, 2, 2, size[1], 10);
              Tensor v = view.of(engine, r, DType.F32, 2, 2, size[1], 10);
              int room = (int) (size[1] - size[0]);
              int[] bounds =
                  mask instanceof Mask.Padded
                      ? new int[] {1, (int) size[1]}
                      : new int[] {room, room / 2};
              Tensor got = q.attend(k, v, engine.of(bounds, 2), .4f, mask);
              float[] expected = attention(q, k, v, bounds, mask);
              assertClose(mask + " " + view + " " + q, got.toFloats(), expected, 4e-6);
            }
          }
        }
      }
    }
  }

  /// Two rows of four heads, of which two share their keys.
  private static float[] attention(Tensor q, Tensor k, Tensor v, int[] bounds, Mask mask) {
    int width = (int) q.dim(3);
    int queries = (int) q.dim(2);
    int keys = (int) k.dim(2);
    float[] a = q.toFloats();
    float[] b = k.toFloats();
    float[] c = v.toFloats();
    float[] out = new float[a.length];
    for (int row = 0; row < 8 * queries; row++) {
      int bound = bounds[row / queries / 4];
      double total = 0;
      double[] sums = new double[width];
      for (long key = mask.from(bound, row % queries);
          key < mask.to(bound, row % queries, keys);
          key++) {
        int at = (int) (row / queries / 2 * keys + key) * width;
        double score = 0;
        for (int e = 0; e < width; e++) {
          score += (double) a[row * width + e] * b[at + e];
        }
        total += Math.exp(.4f * score);
        for (int e = 0; e < width; e++) {
          sums[e] += Math.exp(.4f * score) * c[at + e];
        }
      }
      for (int e = 0; e < width; e++) {
        out[row * width + e] = (float) (sums[e] / total);
      }
    }
    return out;
  }

  @Test
  default void tablesAreReadAndAddedTo() {
    var r = new Random(26);
    int[][] choices = {{}, {3}, {0, 4, 4, 2, 0, 0}};
    try (Engine engine = engine()) {
      for (DType type : Views.FLOATS) {
        for (Views view : Views.values()) {
          for (int[] chosen : choices) {
            try (Scope _ = engine.scope()) {
              Tensor table = view.of(engine, r, type, 5, 7);
              Tensor indices = engine.of(chosen, chosen.length);
              float[] all = table.toFloats();
              float[] rows = table.gather(indices).toFloats();
              float[] sums = table.gather(indices).scatter(indices, 5).toFloats();
              float[] expected = new float[35];
              for (int i = 0; i < rows.length; i++) {
                assertThat(rows[i]).isEqualTo(all[chosen[i / 7] * 7 + i % 7]);
                expected[chosen[i / 7] * 7 + i % 7] += rows[i];
              }
              assertClose("scatter " + type + view, sums, expected, tolerance(type));
            }
          }
        }
      }
    }
  }

  @Test
  default void classesAndLossesHold() {
    var r = new Random(27);
    try (Engine engine = engine()) {
      for (Views view : Views.values()) {
        try (Scope _ = engine.scope()) {
          Tensor logits = view.of(engine, r, DType.F32, 4, 9);
          int[] targets = {8, 0, -100, 3};
          float[] got = logits.crossEntropy(engine.of(targets, 4)).toFloats();
          float[] x = logits.toFloats();
          for (int row = 0; row < 4; row++) {
            double total = 0;
            for (int i = 0; i < 9; i++) {
              total += Math.exp(x[9 * row + i]);
            }
            double loss = targets[row] < 0 ? 0 : Math.log(total) - x[9 * row + targets[row]];
            assertThat((double) got[row])
                .isCloseTo(loss, org.assertj.core.data.Offset.offset(4e-6));
          }
        }
      }
      try (Scope _ = engine.scope()) {
        assertThat(engine.of(new int[] {2, -1, 3, 0}, 2, 2).oneHot(3).toFloats())
            .containsExactly(0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0);
        assertThat(engine.of(new int[0], 0).oneHot(3).toFloats()).isEmpty();
      }
    }
  }

  @Test
  default void updatesArePlacedRowByRow() {
    var r = new Random(28);
    try (Engine engine = engine()) {
      for (DType type : Views.FLOATS) {
        for (Views view : Views.values()) {
          for (int[] offsets : new int[][] {{0, 0}, {2, 2}, {3, 1}}) {
            try (Scope _ = engine.scope()) {
              Tensor buffer = view.of(engine, r, type, 2, 3, 6, 5);
              Tensor update = view.of(engine, r, type, 2, 3, 3, 5);
              float[] expected = buffer.toFloats();
              float[] written = update.toFloats();
              for (int i = 0; i < written.length; i++) {
                int row = i / 45;
                int at = (i / 15) * 30 + (offsets[row] + i / 5 % 3) * 5 + i % 5;
                expected[at] = written[i];
              }
              Tensor placed = buffer.place(update, engine.of(offsets, 2));
              assertThat(placed.toFloats()).as(type + " " + view).isEqualTo(expected);
            }
          }
        }
      }
    }
  }

  @Test
  default void updatesAreRoundedToTheBuffersTypeAndNeverBecomeInfinite() {
    float[] values = {1, 1 + 0x1p-9f, -3e5f, 70_000, 65_519, 1e-9f, -65_504, 0, 65_530};
    float[] halves = {1, 1 + 0x1p-9f, -65_504, 65_504, 65_504, 0, -65_504, 0, 65_504};
    float[] brains = {1, 1, -299_008, 70_144, 65_536, 9.968062e-10f, -65_536, 0, 65_536};
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor at = engine.of(new int[] {1}, 1);
      for (DType type : new DType[] {DType.F16, DType.BF16}) {
        Tensor buffer = engine.fill(7, 1, 1, 3, 9).cast(type);
        Tensor placed = buffer.place(engine.of(values, 1, 1, 1, 9), at);
        assertThat(placed.dtype()).isEqualTo(type);
        float[] expected = type == DType.F16 ? halves : brains;
        assertThat(placed.slice(2, 1, 2).toFloats())
            .containsExactly(expected, org.assertj.core.data.Offset.offset(1e-15f));
        assertThat(placed.slice(2, 0, 1).toFloats()).containsOnly(7);
        assertThat(placed.slice(2, 2, 3).toFloats()).containsOnly(7);
      }
    }
  }
}
