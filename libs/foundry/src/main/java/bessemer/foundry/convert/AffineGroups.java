package bessemer.foundry.convert;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import bessemer.checkpoint.StoredType;
import bessemer.tensor.Quantization;
import java.lang.foreign.MemorySegment;

/// MLX's affine quantization of whole groups, bit for bit as its CPU backend computes it: codes
/// come from scale and bias in `float`, before these are rounded to the type they are stored in.
final class AffineGroups {
  private final Quantization q;
  private final StoredType type;
  private final int[] codes;
  private final float[] pair = new float[1];

  /// @param type of scales and biases
  AffineGroups(Quantization q, StoredType type) {
    this.q = q;
    this.type = type;
    this.codes = new int[q.group()];
  }

  /// Quantizes the group that begins at `values[from]`.
  ///
  /// @param words where the codes of group 0 begin
  /// @param group where the result goes, counted in groups
  void quantize(float[] values, int from, Target target, long group) {
    float min = values[from];
    float max = values[from];
    for (int i = 1; i < q.group(); i++) {
      min = Math.min(min, values[from + i]);
      max = Math.max(max, values[from + i]);
    }
    int last = (1 << q.bits()) - 1;
    float scale = Math.max((max - min) / last, 1e-7f);
    boolean down = Math.abs(min) > Math.abs(max);
    scale = down ? scale : -scale;
    float edge = down ? min : max;
    float steps = (float) Math.rint(edge / scale);
    float bias = 0;
    if (steps != 0) {
      scale = edge / steps;
      bias = edge;
    }
    for (int i = 0; i < q.group(); i++) {
      float code = (float) Math.rint((values[from + i] - bias) / scale);
      codes[i] = (int) Math.min(Math.max(code, 0f), last);
    }
    pack(target.words, group * q.group() * q.bits() / 8);
    pair[0] = scale;
    Elements.encode(type, pair, 1, target.scales, group);
    pair[0] = bias;
    Elements.encode(type, pair, 1, target.biases, group);
  }

  /// Where quantized groups go.
  record Target(MemorySegment words, MemorySegment scales, MemorySegment biases) {}

  private void pack(MemorySegment words, long at) {
    long bits = 0;
    int count = 0;
    for (int code : codes) {
      bits |= (long) code << count;
      count += q.bits();
      if (count >= 32) {
        words.set(JAVA_INT_UNALIGNED, at, (int) bits);
        at += 4;
        bits >>>= 32;
        count -= 32;
      }
    }
  }

  /// The codes of one group as numbers.
  ///
  /// @param words where the codes of group 0 begin
  static void codes(Quantization q, MemorySegment words, long group, float[] into, int from) {
    long at = group * q.group() * q.bits() / 8;
    int mask = (1 << q.bits()) - 1;
    long bits = 0;
    int count = 0;
    for (int i = 0; i < q.group(); i++) {
      if (count < q.bits()) {
        bits |= (words.get(JAVA_INT_UNALIGNED, at) & 0xffff_ffffL) << count;
        at += 4;
        count += 32;
      }
      into[from + i] = (int) (bits & mask);
      bits >>>= q.bits();
      count -= q.bits();
    }
  }
}
