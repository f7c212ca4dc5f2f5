package bessemer.mlx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MlxPrecisionTest {
  @Test
  void mlxFindsTheSwitchInItsEnvironment() throws Throwable {
    MlxPrecision.full();
    Linker linker = Linker.nativeLinker();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value =
          (MemorySegment)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("getenv"),
                      FunctionDescriptor.of(ADDRESS, ADDRESS))
                  .invokeExact(arena.allocateFrom("MLX_ENABLE_TF32"));
      assertThat(value.reinterpret(2).getString(0)).isEqualTo("0");
    }
  }
}
