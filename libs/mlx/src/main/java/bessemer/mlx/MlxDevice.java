package bessemer.mlx;

import bessemer.mlx.c.DeviceH;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalLong;

/// What MLX computes on.
///
/// @param name of the chip, or the processor's
/// @param memoryBytes of the machine, where MLX tells
/// @param recommendedBytes what the graphics unit may keep resident, where MLX tells
public record MlxDevice(
    Optional<String> name, OptionalLong memoryBytes, OptionalLong recommendedBytes) {
  private static final int CPU = 0;
  private static final int GPU = 1;

  /// @throws MlxUnavailableException if there is no MLX
  public static MlxDevice of(boolean gpu) {
    MlxLibrary.require();
    long device = DeviceH.deviceNewType(gpu ? GPU : CPU, 0);
    Mlxc.check(device == 0 ? 1 : 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
      result.set(ValueLayout.JAVA_LONG, 0, DeviceH.deviceInfoNew());
      try {
        Mlxc.check(DeviceH.deviceInfoGet(result.address(), device));
        var facts = new Facts(arena, result.get(ValueLayout.JAVA_LONG, 0));
        return new MlxDevice(
            facts.text("device_name"),
            facts.size("memory_size"),
            facts.size("max_recommended_working_set_size"));
      } finally {
        Mlxc.check(DeviceH.deviceInfoFree(result.get(ValueLayout.JAVA_LONG, 0)));
      }
    } finally {
      Mlxc.check(DeviceH.deviceFree(device));
    }
  }

  /// Whether MLX was built for a graphics unit and this machine has one: Metal, or CUDA on Linux.
  ///
  /// @throws MlxUnavailableException if there is no MLX
  public static boolean hasGpu() {
    MlxLibrary.require();
    long device = DeviceH.deviceNewType(GPU, 0);
    Mlxc.check(device == 0 ? 1 : 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_BOOLEAN);
      Mlxc.check(DeviceH.deviceIsAvailable(result.address(), device));
      return result.get(ValueLayout.JAVA_BOOLEAN, 0);
    } finally {
      Mlxc.check(DeviceH.deviceFree(device));
    }
  }

  /// Which facts there are depends on the device.
  private record Facts(Arena arena, long info) {
    private boolean has(MemorySegment key) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_BOOLEAN);
      Mlxc.check(DeviceH.deviceInfoHasKey(result.address(), info, key.address()));
      return result.get(ValueLayout.JAVA_BOOLEAN, 0);
    }

    Optional<String> text(String name) {
      MemorySegment key = arena.allocateFrom(name);
      if (!has(key)) {
        return Optional.empty();
      }
      MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
      Mlxc.check(DeviceH.deviceInfoGetString(result.address(), info, key.address()));
      return Optional.of(Mlxc.text(result.get(ValueLayout.JAVA_LONG, 0)));
    }

    OptionalLong size(String name) {
      MemorySegment key = arena.allocateFrom(name);
      if (!has(key)) {
        return OptionalLong.empty();
      }
      MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
      Mlxc.check(DeviceH.deviceInfoGetSize(result.address(), info, key.address()));
      return OptionalLong.of(result.get(ValueLayout.JAVA_LONG, 0));
    }
  }
}
