package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.I;
import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of any element type to and from 32-bit floats.
final class Half {
  private static final int INFINITY = 0x7f800000;

  private Half() {}

  static FloatVector bf16(long at) {
    return Raw.shorts(at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /// Moves the exponent by a multiplication, which also normalises what was subnormal; infinities
  /// and NaN keep the largest exponent.
  static FloatVector f16(long at) {
    IntVector half = Raw.shorts(at);
    IntVector magnitude = half.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
    IntVector finite = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
    var special = magnitude.compare(VectorOperators.GE, 0x7c00 << 13);
    IntVector sign = half.and(0x8000).lanewise(VectorOperators.LSHL, 16);
    return finite.blend(magnitude.or(INFINITY), special).or(sign).reinterpretAsFloats();
  }

  static float bf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /// Rounded to the nearest, to even between two; NaN stays NaN.
  static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (Float.isNaN(value) ? 0x7fc0 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  static float load(DType type, long at) {
    return switch (type) {
      case F32 -> Raw.get(at);
      case BF16 -> bf16(Raw.getShort(at));
      case F16 -> Float.float16ToFloat(Raw.getShort(at));
      case I8 -> Raw.getByte(at);
      case I32, U32 -> Raw.getInt(at);
    };
  }

  static void store(DType type, long at, float value) {
    switch (type) {
      case F32 -> Raw.put(at, value);
      case BF16 -> Raw.putShort(at, toBf16(value));
      case F16 -> Raw.putShort(at, Float.floatToFloat16(value));
      case I8 -> Raw.putByte(at, (byte) value);
      case I32, U32 -> Raw.putInt(at, (int) value);
    }
  }

  /// `count` neighbours of a type to floats.
  static void toFloats(DType type, long from, long to, int count) {
    int done =
        switch (type) {
          case F32 -> copied(from, to, count);
          case BF16 -> widenBf16(from, to, count);
          case F16 -> widenF16(from, to, count);
          case I8, I32, U32 -> 0;
        };
    for (int i = done; i < count; i++) {
      Raw.put(to + 4L * i, load(type, from + (long) i * type.bytes()));
    }
  }

  /// `count` floats to neighbours of a type.
  static void fromFloats(DType type, long from, long to, int count) {
    int done =
        switch (type) {
          case F32 -> copied(from, to, count);
          case BF16 -> narrowBf16(from, to, count);
          case F16, I8, I32, U32 -> 0;
        };
    for (int i = done; i < count; i++) {
      store(type, to + (long) i * type.bytes(), Raw.get(from + 4L * i));
    }
  }

  private static int copied(long from, long to, int count) {
    Raw.copy(from, to, 4L * count);
    return count;
  }

  private static int widenBf16(long from, long to, int count) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      Raw.store(bf16(from + 2L * i), to + 4L * i);
    }
    return i;
  }

  private static int widenF16(long from, long to, int count) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      Raw.store(f16(from + 2L * i), to + 4L * i);
    }
    return i;
  }

  private static int narrowBf16(long from, long to, int count) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      FloatVector value = Raw.floats(from + 4L * i);
      IntVector bits = value.reinterpretAsInts();
      IntVector even = bits.lanewise(VectorOperators.LSHR, 16).and(1);
      IntVector rounded = bits.add(0x7fff).add(even).lanewise(VectorOperators.LSHR, 16);
      var nan = bits.and(Integer.MAX_VALUE).compare(VectorOperators.GT, INFINITY);
      ShortVector narrow =
          (ShortVector)
              rounded
                  .blend(IntVector.broadcast(I, 0x7fc0), nan)
                  .convertShape(VectorOperators.I2S, Raw.S, 0);
      narrow.intoMemorySegment(Raw.ALL, to + 2L * i, Raw.ORDER);
    }
    return i;
  }
}
