package bessemer.foundry.score;

import java.util.Arrays;

/// A list of ints that grows.
final class CodePoints {
  private int[] values;
  private int size;

  CodePoints(int capacity) {
    values = new int[capacity];
  }

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size + 1);
    }
    values[size++] = value;
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
