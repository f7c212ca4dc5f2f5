package bessemer.tensor.cpu;

import java.lang.foreign.Arena;

/// Memory of one thread for the length of one call of a kernel; grows to the largest ever asked.
final class Scratch implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private Arena arena = Arena.ofShared();
  private final Pointwise.Span span = new Pointwise.Span();
  private long address;
  private long size;
  private float[] floats = {};

  /// For loops over elements; keeps nothing.
  Pointwise.Span span() {
    return span;
  }

  /// The address of at least so many bytes; what was there before is lost.
  long take(long bytes) {
    if (bytes > size) {
      long wanted = Math.max(bytes, 2 * size);
      size = 0; // should there be no memory
      arena.close();
      arena = Arena.ofShared();
      address = arena.allocate(wanted, ALIGNMENT).address();
      size = wanted;
    }
    return address;
  }

  /// An array of at least so many floats; what was there before is lost.
  float[] floats(int count) {
    if (count > floats.length) {
      floats = new float[Math.max(count, 2 * floats.length)];
    }
    return floats;
  }

  @Override
  public void close() {
    arena.close();
  }
}
