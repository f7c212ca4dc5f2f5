package bessemer.mlx;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// The whole pages that elements of a mapped file lie in. Metal reads memory that is not its own
/// only by whole pages; what else lies on them is mapped as well, and not looked at.
///
/// @param address of the first page
/// @param elements on all of them
/// @param first of the elements that are meant
record Pages(long address, int elements, int first) {
  private static final long SIZE = size();

  /// Null where there is no such view: memory that is not mapped, elements astride a page's
  /// beginning, or more of them than MLX counts.
  static @Nullable Pages around(MemorySegment data, int width) {
    long from = data.address() & -SIZE;
    long to = data.address() + data.byteSize() + SIZE - 1 & -SIZE;
    boolean fits = (data.address() - from) % width == 0 && (to - from) / width < Integer.MAX_VALUE;
    return data.isMapped() && fits && data.byteSize() > 0
        ? new Pages(from, (int) ((to - from) / width), (int) ((data.address() - from) / width))
        : null;
  }

  private static long size() {
    Linker linker = Linker.nativeLinker();
    try {
      return (int)
          linker
              .downcallHandle(
                  linker.defaultLookup().findOrThrow("getpagesize"),
                  FunctionDescriptor.of(ValueLayout.JAVA_INT))
              .invokeExact();
    } catch (Throwable e) {
      throw new AssertionError("getpagesize", e);
    }
  }
}
