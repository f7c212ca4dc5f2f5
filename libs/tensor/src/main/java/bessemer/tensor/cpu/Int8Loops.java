package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.I;
import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The loops of [JavaInt8], and codes of int8 as floats.
///
/// A product of two codes fits 16 bits, and so does the sum of two: `2 * 127 * 127` does.
final class Int8Loops {
  private static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize()));
  private static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LANES)));
  private static final int SHORTS = 2 * LANES;

  private Int8Loops() {}

  /// The sum of products of a row of codes with one of activations.
  ///
  /// @param x even and odd codes of each vector of bytes, from `at` on
  /// @param n vectors of bytes
  static int dot(long w, short[] x, int at, int n) {
    IntVector sum = IntVector.zero(I);
    for (int i = 0, j = at; i < n; i++, w += WIDTH, j += 2 * SHORTS) {
      ShortVector both = Raw.ints(w).reinterpretAsShorts();
      ShortVector even = both.lanewise(LSHL, 8).lanewise(ASHR, 8);
      ShortVector odd = both.lanewise(ASHR, 8);
      ShortVector products = even.mul(ShortVector.fromArray(S, x, j));
      products = products.add(odd.mul(ShortVector.fromArray(S, x, j + SHORTS)));
      IntVector pairs = products.reinterpretAsInts();
      sum = sum.add(pairs.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(pairs.lanewise(ASHR, 16));
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }

  /// The largest magnitude, or not a number if one is not.
  static float most(long x, int count) {
    FloatVector most = FloatVector.zero(F);
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      most = most.max(Raw.floats(x + 4L * i).abs());
    }
    float all = most.reduceLanes(VectorOperators.MAX);
    for (; i < count; i++) {
      all = Math.max(all, Math.abs(Raw.get(x + 4L * i)));
    }
    return all;
  }

  /// `count` codes times a scale.
  static void widen(long codes, int count, float scale, long to) {
    int i = 0;
    if (LANES >= 8) {
      FloatVector all = Raw.all(scale);
      for (; i <= count - LANES; i += LANES) {
        var bytes = ByteVector.fromMemorySegment(B, Raw.ALL, codes + i, Raw.ORDER);
        var wide = (IntVector) bytes.convertShape(VectorOperators.B2I, I, 0);
        Raw.store(((FloatVector) wide.convert(VectorOperators.I2F, 0)).mul(all), to + 4L * i);
      }
    }
    for (; i < count; i++) {
      Raw.put(to + 4L * i, Raw.getByte(codes + i) * scale);
    }
  }
}
