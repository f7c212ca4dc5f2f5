package bessemer.tensor.cpu;

/// Rows of codes of 2, 3, 5 or 6 bits as codes of 4 or 8.
final class Widening {
  private Widening() {}

  /// `count` codes, a multiple of 32; 4 and 8 bits are copied.
  static void row(int bits, long from, int count, long to) {
    switch (bits) {
      case 2 -> row(2 * bits, 0x3333_3333_3333_3333L, from, count / 16, to);
      case 3 -> row(2 * bits, 0x7777_7777_7777_7777L, from, count / 16, to);
      case 5 -> row(bits, 0x1f1f_1f1f_1f1f_1f1fL, from, count / 8, to);
      case 6 -> row(bits, 0x3f3f_3f3f_3f3f_3f3fL, from, count / 8, to);
      default -> Raw.copy(from, to, (long) count * bits / 8);
    }
  }

  /// Puts `step` bytes of codes into the places of a mask, `longs` times. The last long that is
  /// read ends where the codes do.
  private static void row(int step, long mask, long from, int longs, long to) {
    for (int i = 0; i < longs - 1; i++) {
      Raw.putLong(to + 8L * i, Long.expand(Raw.getLong(from + (long) i * step), mask));
    }
    long last = Raw.getLong(from + (long) longs * step - 8) >>> 64 - 8 * step;
    Raw.putLong(to + 8L * (longs - 1), Long.expand(last, mask));
  }
}
