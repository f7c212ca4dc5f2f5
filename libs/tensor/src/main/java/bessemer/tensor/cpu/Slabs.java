package bessemer.tensor.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Native memory by size class, at most an eighth larger than asked. A block that is let go goes
/// back to the free list of its class, so that a step of the same shapes as the last allocates
/// nothing.
final class Slabs implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  /// Memory shared by the views of one result; a constant has no free list to go back to.
  static final class Block {
    final MemorySegment segment;
    private final @Nullable ArrayDeque<Block> home;
    private int references;

    Block(MemorySegment segment, @Nullable ArrayDeque<Block> home) {
      this.segment = segment;
      this.home = home;
    }

    void share() {
      references++;
    }

    void letGo() {
      if (--references == 0 && home != null) {
        home.push(this);
      }
    }

    /// Back for reuse, a block that was never shared.
    void recycle() {
      if (references == 0 && home != null) {
        home.push(this);
      }
    }

    boolean writable() {
      return references == 1 && home != null;
    }
  }

  private final Arena arena = Arena.ofShared();
  private final List<ArrayDeque<Block>> free =
      Stream.generate(ArrayDeque<Block>::new).limit(8 * Long.SIZE).toList();
  private long reserved;

  Block take(long bytes) {
    long unit = Math.max(ALIGNMENT, Long.highestOneBit(bytes) / 8);
    long size = Math.max(unit, (bytes + unit - 1) / unit * unit);
    ArrayDeque<Block> home = free.get(sizeClass(size));
    Block block = home.poll();
    if (block == null) {
      reserved += size;
      block = new Block(arena.allocate(size, ALIGNMENT), home);
    }
    return block;
  }

  /// Eight for every power of two.
  private static int sizeClass(long size) {
    int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(size);
    return 8 * power + (int) (size >> power - 3) - 8;
  }

  /// Bytes ever taken from the system: what is in use and what is ready for reuse.
  long reserved() {
    return reserved;
  }

  @Override
  public void close() {
    arena.close();
  }
}
