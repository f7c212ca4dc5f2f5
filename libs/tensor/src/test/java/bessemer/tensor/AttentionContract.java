package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Views.tolerance;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// Rotations, attention and the buffers that it reads, against sums of doubles.
public interface AttentionContract {
  /// A new engine of the calling thread.
  Engine engine();

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
