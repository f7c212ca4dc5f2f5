package bessemer.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfTest {
  private static final int ALL = 1 << 16;

  @Test
  void everyHalfBecomesItsFloat() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment halves = arena.allocate(2 * ALL);
      MemorySegment floats = arena.allocate(4 * ALL);
      for (int i = 0; i < ALL; i++) {
        halves.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
      }
      Half.toFloats(DType.F16, halves.address(), floats.address(), ALL);
      for (int i = 0; i < ALL; i++) {
        float expected = Float.float16ToFloat((short) i);
        float got = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        assertThat(Float.valueOf(got)).isEqualTo(Float.valueOf(expected));
        assertThat(Math.copySign(1, got)).isEqualTo(Math.copySign(1, expected));
      }
      Half.toFloats(DType.BF16, halves.address(), floats.address(), ALL);
      for (int i = 0; i < ALL; i++) {
        int bits = floats.getAtIndex(ValueLayout.JAVA_INT, i);
        assertThat(bits).isEqualTo(i << 16);
      }
    }
  }

  @Test
  void floatsAreRoundedToTheNearestEvenBrainFloat() {
    var random = new Random(3);
    int count = 5003;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment floats = arena.allocate(4L * count);
      MemorySegment halves = arena.allocate(2L * count);
      for (int i = 0; i < count; i++) {
        int bits = i % 3 == 0 ? random.nextInt() << 15 : random.nextInt();
        floats.setAtIndex(ValueLayout.JAVA_INT, i, bits);
      }
      Half.fromFloats(DType.BF16, floats.address(), halves.address(), count);
      for (int i = 0; i < count; i++) {
        float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        float got = Half.bf16(halves.getAtIndex(ValueLayout.JAVA_SHORT, i));
        assertThat(Float.valueOf(got)).isEqualTo(Float.valueOf(nearest(value)));
      }
    }
  }

  /// By trying the neighbours.
  private static float nearest(float value) {
    if (Float.isNaN(value) || Float.isInfinite(value)) {
      return value;
    }
    int down = Float.floatToRawIntBits(value) & 0xffff0000;
    double low = Math.abs((double) Float.intBitsToFloat(down) - value);
    float above = Float.intBitsToFloat(down + 0x10000);
    double next = Float.isInfinite(above) ? 0x1p128 : Math.abs((double) above);
    double high = next - Math.abs((double) value);
    boolean even = (down >>> 16 & 1) == 0;
    return low < high || low == high && even ? Float.intBitsToFloat(down) : above;
  }
}
