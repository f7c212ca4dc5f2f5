package bessemer.foundry.convert;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rows as codes of int8 from -127 to 127 and one scale, the largest magnitude / 127: the error of
/// a number is half a scale at most.
final class Int8Codes {
  static final int MOST = 127;

  /// A row of smaller scale counts as zeros.
  static final float SMALLEST = 1e-30f;

  private Int8Codes() {}

  static float most(float[] values, int count) {
    float most = 0;
    for (int i = 0; i < count; i++) {
      most = Math.max(most, Math.abs(values[i]));
    }
    return most;
  }

  static float scale(float most) {
    float scale = most / MOST;
    return scale < SMALLEST ? 0 : scale;
  }

  /// Writes codes from byte `at` of `target` on.
  static void encode(float[] values, int count, float scale, MemorySegment target, long at) {
    for (int i = 0; i < count; i++) {
      int code = scale == 0 ? 0 : (int) Math.rint(values[i] / scale);
      target.set(ValueLayout.JAVA_BYTE, at + i, (byte) Math.clamp(code, -MOST, MOST));
    }
  }
}
