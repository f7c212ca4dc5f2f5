package bessemer.foundry.convert;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import bessemer.checkpoint.StoredType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Stored floating point numbers to `float` and back, rounded to nearest, ties to even. Types
/// narrower than `float` go through it without loss.
final class Elements {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  private Elements() {}

  /// Whether tensors of this type can be converted.
  static boolean readable(StoredType type) {
    return switch (type) {
      case F16, BF16, F32, F64 -> true;
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64 -> false;
    };
  }

  /// The `count` numbers from element `from` of `source`.
  static void decode(StoredType type, MemorySegment source, long from, float[] into, int count) {
    switch (type) {
      case BF16 -> decodeBrain(source, from, into, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.float16ToFloat(source.get(JAVA_SHORT_UNALIGNED, 2 * (from + i)));
        }
      }
      case F32 -> MemorySegment.copy(source, JAVA_FLOAT_UNALIGNED, 4 * from, into, 0, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          into[i] = (float) source.get(JAVA_DOUBLE_UNALIGNED, 8 * (from + i));
        }
      }
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64 ->
          throw new IllegalArgumentException("no floating point numbers to convert: " + type);
    }
  }

  private static void decodeBrain(MemorySegment source, long from, float[] into, int count) {
    int i = 0;
    for (; i < FLOATS.loopBound(count); i += FLOATS.length()) {
      ShortVector.fromMemorySegment(SHORTS, source, 2 * (from + i), ByteOrder.LITTLE_ENDIAN)
          .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
          .reinterpretAsInts()
          .lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(into, i);
    }
    for (; i < count; i++) {
      into[i] = Float.intBitsToFloat(source.get(JAVA_SHORT_UNALIGNED, 2 * (from + i)) << 16);
    }
  }

  /// Writes `count` numbers from element `at` of `target` on.
  static void encode(StoredType type, float[] from, int count, MemorySegment target, long at) {
    switch (type) {
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          target.set(JAVA_SHORT_UNALIGNED, 2 * (at + i), brain(from[i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target.set(JAVA_SHORT_UNALIGNED, 2 * (at + i), Float.floatToFloat16(from[i]));
        }
      }
      case F32 -> MemorySegment.copy(from, 0, target, JAVA_FLOAT_UNALIGNED, 4 * at, count);
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64, F64 ->
          throw new IllegalArgumentException("no type of converted weights: " + type);
    }
  }

  /// `value` as a brain float; it must be finite.
  private static short brain(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  /// The first that is infinite or not a number, or -1.
  static int firstNotFinite(float[] values, int count) {
    FloatVector zeros = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i < FLOATS.loopBound(count); i += FLOATS.length()) {
      FloatVector some = FloatVector.fromArray(FLOATS, values, i);
      zeros = some.mul(0f).add(zeros);
    }
    float sum = zeros.reduceLanes(VectorOperators.ADD);
    if (Float.isNaN(sum)) {
      i = 0;
    }
    for (; i < count; i++) {
      if (!Float.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }
}
