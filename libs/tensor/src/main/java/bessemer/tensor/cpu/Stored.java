package bessemer.tensor.cpu;

import bessemer.tensor.DType;

/// Keys and values in the narrow types of a cache, `[B, K, L, E]`. Rows of int8 are E codes and
/// after them their scale, a float.
final class Stored {
  private static final int LARGEST_CODE = 127;

  private Stored() {}

  /// Rounds floats into a part of a buffer.
  static void into(Device device, View update, View target) {
    View from = device.floatRows(update);
    long heads = update.spec.shape().dim(1);
    long length = update.spec.shape().dim(2);
    int width = (int) update.spec.shape().dim(3);
    device.each(
        update.spec.shape().dim(0) * heads * length,
        2L * width,
        (first, last, _) -> {
          for (long i = first; i < last; i++) {
            long batch = i / length / heads;
            long head = i / length % heads;
            row(
                device.loops(),
                target.spec.dtype(),
                AttentionTask.Job.key(from, batch, head, i % length),
                width,
                AttentionTask.Job.key(target, batch, head, i % length));
          }
        });
  }

  private static void row(Loops loops, DType type, long from, int width, long to) {
    switch (type) {
      case F16 -> loops.narrowWithin(from, to, width);
      case I8 -> codes(from, width, to);
      case F32, BF16, I32, U32 -> Half.fromFloats(type, from, to, width);
    }
  }

  /// What is not finite makes the scale so too, and is seen.
  private static void codes(long from, int width, long to) {
    float largest = 0;
    for (int e = 0; e < width; e++) {
      largest = Math.max(largest, Math.abs(Raw.get(from + 4L * e)));
    }
    float each = largest == 0 ? 0 : LARGEST_CODE / largest;
    for (int e = 0; e < width; e++) {
      Raw.putByte(to + e, (byte) Math.rint(Raw.get(from + 4L * e) * each));
    }
    Raw.put(to + width, largest / LARGEST_CODE);
  }

  /// Rows of int8, `step` bytes apart, as floats.
  static void widen(long rows, long step, int count, int width, long to) {
    for (int i = 0; i < count; i++, rows += step) {
      float scale = Raw.get(rows + width);
      for (int e = 0; e < width; e++, to += 4) {
        Raw.put(to, scale * Raw.getByte(rows + e));
      }
    }
  }
}
