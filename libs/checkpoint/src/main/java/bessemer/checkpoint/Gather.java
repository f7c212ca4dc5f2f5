package bessemer.checkpoint;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// Copies a strided view element by element into row-major order.
final class Gather {
  private final MemorySegment from;
  private final MemorySegment to;
  private final int width;
  private final List<Long> shape;
  private final List<Long> strides;
  private long written;

  Gather(MemorySegment from, MemorySegment to, int width, List<Long> shape, List<Long> strides) {
    this.from = from;
    this.to = to;
    this.width = width;
    this.shape = shape;
    this.strides = strides;
  }

  void rows(long first, long last) {
    axis(0, first, last, 0);
  }

  private void axis(int axis, long first, long last, long origin) {
    long stride = strides.get(axis);
    if (axis == shape.size() - 1) {
      line(origin + first * stride, stride, last - first);
      return;
    }
    for (long i = first; i < last; i++) {
      axis(axis + 1, 0, shape.get(axis + 1), origin + i * stride);
    }
  }

  private void line(long element, long stride, long count) {
    if (stride == 1) {
      MemorySegment.copy(from, element * width, to, written, count * width);
    } else {
      gather(element * width, stride * width, count);
    }
    written += count * width;
  }

  private void gather(long source, long step, long count) {
    long end = written + count * width;
    switch (width) {
      case 1 -> {
        for (long at = written; at < end; at += 1, source += step) {
          to.set(JAVA_BYTE, at, from.get(JAVA_BYTE, source));
        }
      }
      case 2 -> {
        for (long at = written; at < end; at += 2, source += step) {
          to.set(JAVA_SHORT_UNALIGNED, at, from.get(JAVA_SHORT_UNALIGNED, source));
        }
      }
      case 4 -> {
        for (long at = written; at < end; at += 4, source += step) {
          to.set(JAVA_INT_UNALIGNED, at, from.get(JAVA_INT_UNALIGNED, source));
        }
      }
      case 8 -> {
        for (long at = written; at < end; at += 8, source += step) {
          to.set(JAVA_LONG_UNALIGNED, at, from.get(JAVA_LONG_UNALIGNED, source));
        }
      }
      default -> throw new IllegalStateException("elements of " + width + " bytes");
    }
  }
}
