package bessemer.foundry.convert;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import bessemer.checkpoint.StoredType;
import bessemer.tensor.AffineQuantizer;
import bessemer.tensor.Quantization;
import java.lang.foreign.MemorySegment;

/// Turns codes of MLX's affine quantization back into numbers: `scale * code + bias`, product and
/// sum rounded to `float`.
final class Dequantizer {
  private final Quantization q;
  private final StoredType type;
  private final float[] scale = new float[1];
  private final float[] bias = new float[1];

  /// @param type of scales and biases
  Dequantizer(Quantization q, StoredType type) {
    this.q = q;
    this.type = type;
  }

  /// The numbers of one group, counted from the beginning of `packed`, to the beginning of `into`.
  void group(AffineQuantizer.Packed packed, long group, float[] into) {
    Elements.decode(type, packed.scales(), group, scale, 1);
    Elements.decode(type, packed.biases(), group, bias, 1);
    MemorySegment words = packed.words();
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
      into[i] = (int) (bits & mask) * scale[0] + bias[0];
      bits >>>= q.bits();
      count -= q.bits();
    }
  }
}
