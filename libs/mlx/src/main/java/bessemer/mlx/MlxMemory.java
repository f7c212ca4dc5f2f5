package bessemer.mlx;

import bessemer.mlx.c.MemoryH;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongToIntFunction;

/// The memory that MLX allocated in this process, in bytes, and its limits.
///
/// @param active in arrays that are alive; on Metal with the mapped weights that they read
/// @param peak the most that was active since the start or the last [#resetPeak]
/// @param cache freed, and kept for the next arrays
/// @param limit from which MLX waits for running work before it goes on
public record MlxMemory(long active, long peak, long cache, long limit) {

  /// @throws MlxUnavailableException if there is no MLX
  public static MlxMemory now() {
    MlxLibrary.require();
    return new MlxMemory(
        get(MemoryH::getActiveMemory),
        get(MemoryH::getPeakMemory),
        get(MemoryH::getCacheMemory),
        get(MemoryH::getMemoryLimit));
  }

  private static long get(LongToIntFunction call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
      Mlxc.check(call.applyAsInt(result.address()));
      return result.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  public static void resetPeak() {
    MlxLibrary.require();
    Mlxc.check(MemoryH.resetPeakMemory());
  }

  /// Gives what is freed and kept back to the system.
  public static void clearCache() {
    MlxLibrary.require();
    Mlxc.check(MemoryH.clearCache());
  }

  /// Answers the limit before.
  public static long limit(long bytes) {
    MlxLibrary.require();
    return get(result -> MemoryH.setMemoryLimit(result, bytes));
  }

  /// How much may be kept for the next arrays; answers the limit before.
  public static long cacheLimit(long bytes) {
    MlxLibrary.require();
    return get(result -> MemoryH.setCacheLimit(result, bytes));
  }

  /// How much the graphics unit keeps resident; answers the limit before. On Metal only, where it
  /// must stay below what the system allows.
  public static long wiredLimit(long bytes) {
    MlxLibrary.require();
    return get(result -> MemoryH.setWiredLimit(result, bytes));
  }
}
