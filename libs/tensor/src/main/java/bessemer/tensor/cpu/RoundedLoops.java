package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.I;
import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The loops of [RoundedBlock]: one row of weights in words of codes with one row of [Planes]. The
/// result is the sum of the codes' products times their scales and of the first [Raw#LANES] places
/// of `floats`. Sums are of 16 bits and modulo 2^16 until they are whole.
///
/// A round has one vector of words: the compiler stops to inline in larger loops, and then puts
/// every vector into an object. For the same reason both ways to scale are in one method: that is
/// too large (325 bytes) to be inlined where other vectors are worked with, whatever was compiled
/// first. Loads from arrays are cheaper than from segments, whose index is a long.
final class RoundedLoops {
  private static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize()));
  private static final int SHORTS = 2 * LANES;
  private static final int BYTES = 0x00ff00ff;

  private RoundedLoops() {}

  private static ShortVector part(IntVector words, int shift) {
    return words.lanewise(LSHR, shift).reinterpretAsShorts();
  }

  private static ShortVector plane(short[] x, int at) {
    return ShortVector.fromArray(S, x, at);
  }

  /// The sums of both halves of each word, where each sum fits 16 bits: what is carried or borrowed
  /// between halves is in the lower one, which is shifted out.
  private static FloatVector halves(ShortVector sums) {
    IntVector both = sums.reinterpretAsInts();
    return floats(both.add(both.lanewise(LSHL, 16)).lanewise(ASHR, 16));
  }

  private static FloatVector floats(IntVector sums) {
    return (FloatVector) sums.convert(I2F, 0);
  }

  /// Words of 8 codes of 4 bits.
  ///
  /// @param scales where in `floats` scales begin: one for each `1 << shift` vectors of words; or,
  ///   with a negative shift, one for each word
  static float four(long w, short[] x, int at, float[] floats, int scales, int shift, int n) {
    FloatVector a = FloatVector.fromArray(F, floats, 0);
    if (shift >= 0) {
      for (int i = 0, j = at; i < n; i++, w += WIDTH, j += 4 * SHORTS) {
        IntVector v = Raw.ints(w);
        ShortVector s = v.reinterpretAsShorts().mul(plane(x, j));
        ShortVector t = part(v, 4).mul(plane(x, j + SHORTS));
        s = s.add(part(v, 8).mul(plane(x, j + 2 * SHORTS)));
        t = t.add(part(v, 12).mul(plane(x, j + 3 * SHORTS)));
        a = halves(s.add(t)).fma(FloatVector.broadcast(F, floats[scales + (i >> shift)]), a);
      }
    } else {
      for (int i = 0, j = at; i < n; i++, w += WIDTH, j += 4 * SHORTS) {
        IntVector v = Raw.ints(w);
        ShortVector s = v.reinterpretAsShorts().mul(plane(x, j));
        ShortVector t = part(v, 4).mul(plane(x, j + SHORTS));
        s = s.add(part(v, 8).mul(plane(x, j + 2 * SHORTS)));
        t = t.add(part(v, 12).mul(plane(x, j + 3 * SHORTS)));
        a = halves(s.add(t)).fma(FloatVector.fromArray(F, floats, scales + i * LANES), a);
      }
    }
    return Raw.sum(a);
  }

  /// Words of 4 codes of 8 bits, as differences from 128.
  ///
  /// @param scales where in `floats` scales begin: one for each `1 << shift` vectors of words; or,
  ///   with a negative shift, one for each word
  static float eight(long w, short[] x, int at, float[] floats, int scales, int shift, int n) {
    FloatVector a = FloatVector.fromArray(F, floats, 0);
    IntVector mask = IntVector.broadcast(I, BYTES);
    if (shift >= 0) {
      for (int i = 0, j = at; i < n; i++, w += WIDTH, j += 3 * SHORTS) {
        IntVector v = Raw.ints(w);
        ShortVector high = v.lanewise(LSHR, 8).and(mask).reinterpretAsShorts();
        ShortVector s = v.reinterpretAsShorts().mul(plane(x, j));
        s = s.add(plane(x, j + 2 * SHORTS)).add(high.mul(plane(x, j + SHORTS)));
        IntVector both = s.reinterpretAsInts();
        IntVector low = both.lanewise(LSHL, 16).lanewise(ASHR, 16);
        IntVector sum = low.add(both.lanewise(ASHR, 16));
        a = floats(sum).fma(FloatVector.broadcast(F, floats[scales + (i >> shift)]), a);
      }
    } else {
      for (int i = 0, j = at; i < n; i++, w += WIDTH, j += 3 * SHORTS) {
        IntVector v = Raw.ints(w);
        ShortVector high = v.lanewise(LSHR, 8).and(mask).reinterpretAsShorts();
        ShortVector s = v.reinterpretAsShorts().mul(plane(x, j));
        s = s.add(plane(x, j + 2 * SHORTS)).add(high.mul(plane(x, j + SHORTS)));
        IntVector both = s.reinterpretAsInts();
        IntVector low = both.lanewise(LSHL, 16).lanewise(ASHR, 16);
        IntVector sum = low.add(both.lanewise(ASHR, 16));
        a = floats(sum).fma(FloatVector.fromArray(F, floats, scales + i * LANES), a);
      }
    }
    return Raw.sum(a);
  }
}
