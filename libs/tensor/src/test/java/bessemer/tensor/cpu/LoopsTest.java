package bessemer.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Conversions of 16-bit floats, as the JDK makes them. Other loops: [RowsTest].
class LoopsTest {
  private static final int ALL = 1 << 16;

  private static Loops loops(Optional<NativeKernels> kernels) {
    return kernels.<Loops>map(NativeLoops::new).orElseGet(JavaLoops::new);
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void everyHalfBecomesItsFloat(Optional<NativeKernels> kernels) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment halves = arena.allocate(2 * ALL);
      MemorySegment floats = arena.allocate(4 * ALL);
      for (int i = 0; i < ALL; i++) {
        Raw.putShort(halves.address() + 2L * i, (short) i);
      }
      for (int count : new int[] {ALL, 1, 13}) {
        for (DType type : new DType[] {DType.F16, DType.BF16}) {
          loops(kernels).widen(type, halves.address(), floats.address(), count);
          for (int i = 0; i < count; i++) {
            Float expected = Half.load(type, halves.address() + 2L * i);
            assertThat(Float.valueOf(Raw.get(floats.address() + 4L * i))).isEqualTo(expected);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void floatsAreRoundedToTheNearestHalf(Optional<NativeKernels> kernels) {
    var random = new Random(5);
    int count = 20_011;
    try (Arena arena = Arena.ofConfined()) {
      long floats = arena.allocate(4L * count).address();
      long halves = arena.allocate(2L * count).address();
      for (int i = 0; i < count; i++) {
        boolean near = i % 2 == 0; // to the range of halves
        float value = near ? (float) (random.nextGaussian() * Math.pow(2, i % 40 - 25)) : 0;
        Raw.put(floats + 4L * i, near ? value : Float.intBitsToFloat(random.nextInt() << i % 16));
      }
      loops(kernels).narrow(DType.F16, floats, halves, count);
      for (int i = 0; i < count; i++) {
        float value = Raw.get(floats + 4L * i);
        assertHalf(halves + 2L * i, Float.float16ToFloat(Float.floatToFloat16(value)));
      }
      loops(kernels).narrowWithin(floats, halves, count);
      for (int i = 0; i < count; i++) {
        float within = Math.clamp(Raw.get(floats + 4L * i), -65_504f, 65_504f);
        assertHalf(halves + 2L * i, Float.float16ToFloat(Float.floatToFloat16(within)));
      }
      loops(kernels).narrow(DType.BF16, floats, halves, count);
      for (int i = 0; i < count; i++) {
        Float expected = Half.bf16(Half.toBf16(Raw.get(floats + 4L * i)));
        assertThat(Float.valueOf(Half.bf16(Raw.getShort(halves + 2L * i)))).isEqualTo(expected);
      }
    }
  }

  private static void assertHalf(long at, Float expected) {
    assertThat(Float.valueOf(Float.float16ToFloat(Raw.getShort(at)))).isEqualTo(expected);
  }
}
