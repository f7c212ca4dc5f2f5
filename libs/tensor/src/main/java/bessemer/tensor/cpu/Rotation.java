package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Rotary position embedding. The angle is the product of floats, as PyTorch computes it, and its
/// cosine and sine are correctly rounded; they are kept until other positions are asked for, so
/// that the layers of a pass share them.
final class Rotation implements AutoCloseable {
  private Arena arena = Arena.ofShared();
  private MemorySegment table = MemorySegment.NULL;
  private float[] frequencies = {};
  private long[] offsets = {};
  private int length;
  private float scale;

  /// The address of cosines then sines, `[offsets][length][2][pairs]`.
  ///
  /// @param at where the frequencies of the pairs lie
  long table(long at, int pairs, long[] offsets, int length, float scale) {
    boolean kept =
        length == this.length
            && scale == this.scale
            && Arrays.equals(offsets, this.offsets)
            && alike(at, pairs);
    if (!kept) {
      float[] frequencies = new float[pairs];
      for (int i = 0; i < pairs; i++) {
        frequencies[i] = Raw.get(at + 4L * i);
      }
      long bytes = 8L * offsets.length * length * frequencies.length;
      if (bytes > table.byteSize()) {
        table = MemorySegment.NULL; // should there be no memory
        this.length = -1;
        arena.close();
        arena = Arena.ofShared();
        table = arena.allocate(bytes, 64);
      }
      this.frequencies = frequencies;
      this.offsets = offsets;
      this.length = length;
      this.scale = scale;
      fill();
    }
    return table.address();
  }

  private boolean alike(long at, int pairs) {
    for (int i = 0; i < Math.min(pairs, frequencies.length); i++) {
      if (Raw.get(at + 4L * i) != frequencies[i]) {
        return false;
      }
    }
    return pairs == frequencies.length;
  }

  private void fill() {
    long i = 0;
    for (long offset : offsets) {
      for (int row = 0; row < length; row++) {
        float position = offset + row;
        for (int pair = 0; pair < frequencies.length; pair++, i++) {
          double angle = position * frequencies[pair]; // rounded to a float
          table.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.cos(angle) * scale);
          float sin = (float) Math.sin(angle) * scale;
          table.setAtIndex(ValueLayout.JAVA_FLOAT, i + frequencies.length, sin);
        }
        i += frequencies.length;
      }
    }
  }

  /// Turns one row of `2 * pairs` floats.
  static void row(long x, long cos, int pairs, boolean interleaved, long out) {
    long sin = cos + 4L * pairs;
    int step = interleaved ? 8 : 4;
    long apart = interleaved ? 4 : 4L * pairs;
    int i = interleaved ? 0 : halves(x, cos, sin, pairs, out);
    for (; i < pairs; i++) {
      float a = Raw.get(x + (long) step * i);
      float b = Raw.get(x + (long) step * i + apart);
      float c = Raw.get(cos + 4L * i);
      float s = Raw.get(sin + 4L * i);
      Raw.put(out + (long) step * i, a * c - b * s);
      Raw.put(out + (long) step * i + apart, b * c + a * s);
    }
  }

  private static int halves(long x, long cos, long sin, int pairs, long out) {
    int i = 0;
    for (; i <= pairs - LANES; i += LANES) {
      FloatVector a = floats(x + 4L * i);
      FloatVector b = floats(x + 4L * (pairs + i));
      FloatVector c = floats(cos + 4L * i);
      FloatVector s = floats(sin + 4L * i);
      store(a.mul(c).sub(b.mul(s)), out + 4L * i);
      store(b.mul(c).add(a.mul(s)), out + 4L * (pairs + i));
    }
    return i;
  }

  @Override
  public void close() {
    arena.close();
  }
}
