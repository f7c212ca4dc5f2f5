package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Buffers of keys and values in 8 bits, on every backend.
public interface CacheContract {
  Engine engine();

  /// A buffer with room for 3 positions more than it is given, three at a time.
  private static Tensor buffer(Tensor x) {
    Engine engine = x.engine();
    long room = x.dim(2) + 3;
    Tensor buffer = engine.fill(0, x.dim(0), x.dim(1), room, x.dim(3) + 4).cast(DType.I8);
    int rows = (int) x.dim(0);
    for (int from = 0; from < x.dim(2); from += 3) {
      int[] offsets = new int[rows];
      java.util.Arrays.fill(offsets, from);
      Tensor some = x.slice(2, from, Math.min(x.dim(2), from + 3));
      buffer = buffer.place(some, engine.of(offsets, rows));
    }
    return buffer;
  }

  /// Codes times scales, by the definition.
  private static float[] values(Tensor buffer) {
    var bytes = ByteBuffer.allocate((int) buffer.shape().size()).order(ByteOrder.LITTLE_ENDIAN);
    buffer.read(MemorySegment.ofBuffer(bytes));
    int width = (int) buffer.dim(3) - 4;
    float[] values = new float[bytes.capacity() / (width + 4) * width];
    for (int i = 0; i < values.length; i++) {
      int row = i / width * (width + 4);
      values[i] = bytes.getFloat(row + width) * bytes.get(row + i % width);
    }
    return values;
  }

  private static Tensor floats(Tensor buffer) {
    Shape shape = buffer.shape().with(3, buffer.dim(3) - 4);
    return buffer.engine().of(values(buffer), shape);
  }

  @Test
  default void codesOfEightBitsAreHalfAStepOffAtMost() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor x = random(engine, new Random(1), 2, 3, 5, 10);
      float[] were = x.toFloats();
      float[] got = floats(buffer(x)).slice(2, 0, 5).toFloats();
      for (int row = 0; row < were.length; row += 10) {
        float largest = 0;
        for (int i = row; i < row + 10; i++) {
          largest = Math.max(largest, Math.abs(were[i]));
        }
        for (int i = row; i < row + 10; i++) {
          assertThat(Math.abs((double) got[i] - were[i])).isLessThanOrEqualTo(.501 * largest / 127);
        }
      }
    }
  }

  @Test
  default void attentionReadsEightBitsAsTheirCodesTimesTheirScales() {
    var r = new Random(2);
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor q = random(engine, r, 2, 6, 4, 16);
      Tensor k = buffer(random(engine, r, 2, 2, 9, 16));
      Tensor v = buffer(random(engine, r, 2, 2, 9, 16));
      for (Mask mask : new Mask[] {new Mask.Causal(), new Mask.Window(4), new Mask.Padded()}) {
        Tensor bounds = engine.of(new int[] {5, 3}, 2);
        float[] expected = q.attend(floats(k), floats(v), bounds, .3f, mask).toFloats();
        assertClose("" + mask, q.attend(k, v, bounds, .3f, mask).toFloats(), expected, 3e-6);
        var keys = List.of(k.slice(0, 0, 1), k.slice(0, 1, 2).slice(2, 0, 8));
        var values = List.of(v.slice(0, 0, 1), v.slice(0, 1, 2).slice(2, 0, 8));
        float[] rows = q.attendRows(keys, values, bounds, .3f, mask).toFloats();
        assertClose("rows, " + mask, rows, expected, 3e-6);
      }
    }
  }

  @Test
  default void whatIsNotANumberIsSeenThroughEightBits() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor zero = engine.of(new int[] {0}, 1);
      Tensor q = engine.fill(1, 1, 1, 1, 4);
      float inf = Float.POSITIVE_INFINITY;
      for (float bad : new float[] {Float.NaN, inf, -inf}) {
        Tensor row = engine.of(new float[] {1, bad, 2, 3}, 1, 1, 1, 4);
        Tensor buffer = engine.fill(0, 1, 1, 1, 8).cast(DType.I8).place(row, zero);
        assertThat(q.attend(buffer, buffer, zero, 1, new Mask.Causal()).toFloats())
            .containsOnly(Float.NaN);
      }
      Tensor nothing = buffer(engine.fill(0, 1, 1, 1, 4));
      assertThat(nothing.slice(3, 0, 4).cast(DType.I32).toInts()).containsOnly(0);
    }
  }
}
