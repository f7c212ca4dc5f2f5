package bessemer.checkpoint;

import java.util.Arrays;
import java.util.List;

/// Arithmetic on shapes that fails rather than overflows.
final class Extent {
  private Extent() {}

  /// @throws ArithmeticException if the product does not fit a `long`
  /// @throws IllegalArgumentException if an axis is negative
  static long elements(List<Long> shape) {
    long elements = 1;
    boolean empty = false;
    for (long dim : shape) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative axis in shape " + shape);
      }
      empty |= dim == 0;
      // Overflow counts even when another axis is 0: no reader of the file agrees on such a shape.
      elements = Math.multiplyExact(elements, Math.max(dim, 1));
    }
    return empty ? 0 : elements;
  }

  static List<Long> list(long... shape) {
    return Arrays.stream(shape).boxed().toList();
  }
}
