package bessemer.foundry.convert;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import bessemer.checkpoint.StoredType;
import bessemer.tensor.Quantization;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// MLX's affine quantization of whole groups, bit for bit as its CPU backend computes it: codes
/// come from scale and bias in `float`, before these are rounded to the type they are stored in.
final class AffineGroups {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();
  private static final IntVector FOURS = IntVector.zero(FLOATS.withLanes(int.class)).addIndex(4);

  /// Added to a number from 0 to 2^22, it leaves that number, rounded to nearest with ties to even,
  /// in the lowest bits.
  private static final float ROUND = 0x1.8p23f;

  private static final float SMALLEST_SCALE = 1e-7f;

  private final Quantization q;
  private final StoredType type;
  private final int last; // the largest code
  private final int[] codes;
  private final float[] one = new float[1];

  /// @param type of scales and biases
  AffineGroups(Quantization q, StoredType type) {
    this.q = q;
    this.type = type;
    this.last = (1 << q.bits()) - 1;
    this.codes = new int[q.group()];
  }

  /// Where quantized groups go.
  record Target(MemorySegment words, MemorySegment scales, MemorySegment biases) {}

  /// Quantizes the group that begins at `values[from]`, which must be finite.
  ///
  /// @param group where the result goes, counted in groups
  void quantize(float[] values, int from, Target target, long group) {
    FloatVector low = FloatVector.fromArray(FLOATS, values, from);
    FloatVector high = low;
    for (int i = LANES; i < q.group(); i += LANES) {
      FloatVector some = FloatVector.fromArray(FLOATS, values, from + i);
      low = low.min(some);
      high = high.max(some);
    }
    float min = low.reduceLanes(VectorOperators.MIN);
    float max = high.reduceLanes(VectorOperators.MAX);
    boolean down = Math.abs(min) > Math.abs(max);
    float step = Math.max((max - min) / last, SMALLEST_SCALE);
    float scale = down ? step : -step;
    float edge = down ? min : max;
    float steps = (float) Math.rint(edge / scale);
    float bias = 0;
    if (steps != 0) {
      scale = edge / steps;
      bias = edge;
    }
    encode(values, from, scale, bias, target.words, group * q.group() * q.bits() / 8);
    put(target.scales, group, scale);
    put(target.biases, group, bias);
  }

  private void put(MemorySegment target, long group, float value) {
    one[0] = value;
    Elements.encode(type, one, 1, target, group);
  }

  private void encode(
      float[] values, int from, float scale, float bias, MemorySegment words, long at) {
    if (q.bits() == 4 && LANES == 8) {
      encodeFour(values, from, scale, bias, words, at);
      return;
    }
    for (int i = 0; i < q.group(); i += LANES) {
      codes(values, from + i, scale, bias).intoArray(codes, i);
    }
    pack(words, at);
  }

  /// A vector of codes makes a word.
  private void encodeFour(
      float[] values, int from, float scale, float bias, MemorySegment words, long at) {
    for (int i = 0; i < q.group(); i += 8) {
      int word =
          codes(values, from + i, scale, bias)
              .lanewise(VectorOperators.LSHL, FOURS)
              .reduceLanes(VectorOperators.OR);
      words.set(JAVA_INT_UNALIGNED, at + i / 2, word);
    }
  }

  private IntVector codes(float[] values, int from, float scale, float bias) {
    return FloatVector.fromArray(FLOATS, values, from)
        .sub(bias)
        .div(scale)
        .max(0)
        .min(last)
        .add(ROUND)
        .reinterpretAsInts()
        .and(last);
  }

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
