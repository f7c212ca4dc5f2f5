package bessemer.tensor.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import bessemer.tensor.Backend;
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
import java.util.concurrent.atomic.AtomicLong;

/// Weights in pages of 2 MB, on Linux. A mapped file lies in pages of 4 KB, anywhere in memory: two
/// rows of a 4-bit matrix fill one, and two threads were measured to read 16 GB/s of them where
/// large pages give 37.
///
/// What was copied is let go in the mapping, so that weights are resident once. Copies are made
/// while the rest of a model is loaded; [#await] comes before the first look at one.
final class LargePages implements AutoCloseable {
  private static final Path SETTING = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final long CHUNK = 64L << 20;
  private static final long PIECE = 8L << 20; // of a copy, so that threads end together
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
          call("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT),
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
  private final CopyQueue copies;
  private final AtomicLong awaited = new AtomicLong(); // bytes that are yet to be copied
  private final List<Chunk> chunks = new ArrayList<>();
  private long next;
  private long end;

  private LargePages(int threads) {
    copies = new CopyQueue(threads);
  }

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

  /// @param threads that copy, beside the one that waits for them
  static LargePages open(int threads) {
    return new LargePages(threads);
  }

  /// The same bytes elsewhere, once [#await] was called; empty when there is no memory for them.
  Optional<MemorySegment> copy(MemorySegment mapped) {
    long bytes = mapped.byteSize();
    if (bytes == 0 || (next + bytes > end && !grow(bytes))) {
      return Optional.empty();
    }
    MemorySegment copy = MemorySegment.ofAddress(next).reinterpret(bytes);
    next = (next + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    awaited.addAndGet(bytes);
    for (long from = 0; from < bytes; from += PIECE) {
      long length = Math.min(PIECE, bytes - from);
      MemorySegment source = mapped.asSlice(from, length);
      MemorySegment target = copy.asSlice(from, length);
      copies.add(() -> move(source, target));
    }
    return Optional.of(copy);
  }

  private void move(MemorySegment mapped, MemorySegment copy) {
    copy.copyFrom(mapped);
    letGo(mapped);
    awaited.addAndGet(-copy.byteSize());
  }

  /// Waits for the copies if one of them may be among these.
  ///
  /// @throws IllegalStateException if one could not be made
  void await(Backend.Handle[] operands) {
    if (copies.unsettled()) {
      for (Backend.Handle operand : operands) {
        if (holds(((View) operand).block.segment.address())) {
          copies.finish();
          copies.check();
          return;
        }
      }
    }
  }

  /// Waits for all copies, whether they can be made or not.
  void settle() {
    copies.finish();
  }

  private boolean holds(long address) {
    for (Chunk chunk : chunks) {
      if (chunk.address <= address && address < chunk.address + chunk.bytes) {
        return true;
      }
    }
    return false;
  }

  private boolean grow(long bytes) {
    long size = (Math.max(bytes, CHUNK) + CHUNK - 1) / CHUNK * CHUNK;
    if (size > spare() - awaited.get()) {
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
      int _ = (int) calls.advise.invokeExact(MemorySegment.ofAddress(next), size, HUGE);
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

  /// Whole pages of a mapping, to be read from the file again if anybody asks. As a segment, which
  /// stays mapped during the call.
  private void letGo(MemorySegment mapped) {
    long address = mapped.address();
    long from = (address + PAGE - 1) / PAGE * PAGE;
    long to = (address + mapped.byteSize()) / PAGE * PAGE;
    if (mapped.isMapped() && from < to) {
      MemorySegment pages = mapped.asSlice(from - address, to - from);
      try {
        int _ = (int) calls.advise.invokeExact(pages, to - from, DO_NOT_NEED);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    copies.close();
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
