package bessemer.mlx;

import bessemer.mlx.c.Library;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Java's memory that arrays of MLX lie in, reachable from here until MLX lets go of it, which may
/// be on any thread.
final class Adopted {
  /// For C: `void (*)(void*)`, with the number that [#hold] answered.
  static final long RELEASE = Library.callback(MethodHandles.lookup(), Adopted.class, "release", 1);

  private static final Map<Long, MemorySegment> HELD = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT = new AtomicLong(1);

  private Adopted() {}

  static long hold(MemorySegment segment) {
    long number = NEXT.getAndIncrement();
    HELD.put(number, segment);
    return number;
  }

  /// Nothing may be thrown into MLX, and removing throws nothing.
  private static void release(MemorySegment number) {
    HELD.remove(number.address());
  }

  static int count() {
    return HELD.size();
  }
}
