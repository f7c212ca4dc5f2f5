package bessemer.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Weights in pages of 2 MB, on Linux. A mapped file lies in pages of 4 KB, anywhere in memory: two
/// rows of a 4-bit matrix fill one, and two threads were measured to read 16 GB/s of them where
/// large pages give 37.
///
/// What was copied is let go in the mapping, so that weights are resident once.
final class LargePages implements AutoCloseable {
  private static final Path SETTING = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final long CHUNK = 64L << 20;
  private static final long ALIGNMENT = 64;
  private static final long PAGE = 4096;

  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS_UNRESERVED = 0x4022;
  private static final int DO_NOT_NEED = 4;
  private static final int HUGE = 14;

  /// The calls of the C library.
  private record Calls(MethodHandle map, MethodHandle advise, MethodHandle unmap) {
    static Calls find() {
      return new Calls(
          call("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
          call("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT),
          call("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG));
    }

    private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }
  }

  private record Chunk(long address, long bytes) {}

  private final Calls calls = Calls.find();
  private final List<Chunk> chunks = new ArrayList<>();
  private long next;
  private long end;

  private LargePages() {}

  /// Whether this system has them and they are wanted: `bessemer.weights=mapped` leaves weights
  /// where they lie.
  static boolean available() {
    if (System.getProperty("bessemer.weights", "").equals("mapped")) {
      return false;
    }
    try {
      return Files.isReadable(SETTING) && !Files.readString(SETTING).contains("[never]");
    } catch (IOException _) {
      return false; // and so are weights mapped
    }
  }

  static LargePages open() {
    return new LargePages();
  }

  /// The same bytes elsewhere; empty when there is no memory for them.
  Optional<MemorySegment> copy(MemorySegment mapped) {
    long bytes = mapped.byteSize();
    if (bytes == 0 || (next + bytes > end && !grow(bytes))) {
      return Optional.empty();
    }
    MemorySegment copy = MemorySegment.ofAddress(next).reinterpret(bytes);
    next = (next + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    copy.copyFrom(mapped);
    letGo(mapped);
    return Optional.of(copy);
  }

  private boolean grow(long bytes) {
    long size = (Math.max(bytes, CHUNK) + CHUNK - 1) / CHUNK * CHUNK;
    if (size > spare()) {
      return false;
    }
    try {
      long all = size + (2L << 20); // for a beginning at a multiple of 2 MB
      long at =
          (long) calls.map.invokeExact(0L, all, READ_WRITE, PRIVATE_ANONYMOUS_UNRESERVED, -1, 0L);
      if (at == -1) {
        return false;
      }
      chunks.add(new Chunk(at, all));
      next = (at + (2L << 20) - 1) >> 21 << 21;
      end = next + size;
      int _ = (int) calls.advise.invokeExact(next, size, HUGE);
      return true;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// In the line that begins so; 0 if there is none.
  private static long number(Path file, String beginning) throws IOException {
    try (var lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(beginning))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    }
  }

  /// Bytes that may be taken: what the system can give without writing anything out, less a
  /// quarter.
  private static long spare() {
    return spare(Path.of("/proc/meminfo"), Path.of("/sys/fs/cgroup"));
  }

  /// Less where a container has a limit: beyond it the process is killed, whatever the machine has.
  static long spare(Path meminfo, Path container) {
    try {
      long free = 1024 * number(meminfo, "MemAvailable:");
      Path limit = container.resolve("memory.max");
      if (Files.exists(limit)) {
        String most = Files.readString(limit).strip();
        if (!most.equals("max")) {
          long taken = number(container.resolve("memory.stat"), "anon ");
          free = Math.min(free, Long.parseLong(most) - taken);
        }
      }
      return free / 4 * 3;
    } catch (IOException _) {
      return 0; // weights stay where they lie
    }
  }

  /// Whole pages of a mapping, to be read from the file again if anybody asks.
  private void letGo(MemorySegment mapped) {
    long from = (mapped.address() + PAGE - 1) / PAGE * PAGE;
    long to = (mapped.address() + mapped.byteSize()) / PAGE * PAGE;
    if (mapped.isMapped() && from < to) {
      try {
        int _ = (int) calls.advise.invokeExact(from, to - from, DO_NOT_NEED);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    for (Chunk chunk : chunks) {
      try {
        int _ = (int) calls.unmap.invokeExact(chunk.address, chunk.bytes);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
    chunks.clear();
  }
}
