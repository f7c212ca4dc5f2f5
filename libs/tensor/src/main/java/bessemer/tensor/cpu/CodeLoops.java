package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.ALL;
import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.I;
import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.ORDER;
import static bessemer.tensor.cpu.Raw.WIDTH;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// The loops of [QuantizedRows] for 4 and 8 bits: whole vectors of words against activations laid
/// out in planes, plane `i` holding what the code in place `i` of each word multiplies. Codes are
/// masked but not shifted down; the planes are divided by what that leaves too large, exactly.
///
/// Everything but the words is on the heap: vectors from arrays take the compiler a fraction of the
/// nodes that memory segments do, and it stops to inline at a number of them. For the same reason
/// there is one row of weights at a time.
final class CodeLoops {
  private CodeLoops() {}

  private static FloatVector part(IntVector word, IntVector mask) {
    return (FloatVector) word.and(mask).convert(VectorOperators.I2F, 0);
  }

  /// One row of weights with one row of activations: sums by lane.
  static void four(long w, float[] x, int at, float[] scales, int vectors, float[] sums) {
    IntVector mask0 = IntVector.broadcast(I, 0xf);
    IntVector mask1 = IntVector.broadcast(I, 0xf0);
    IntVector mask2 = IntVector.broadcast(I, 0xf00);
    IntVector mask3 = IntVector.broadcast(I, 0xf000);
    FloatVector a = FloatVector.zero(F);
    for (int i = 0, j = at; i < vectors; i++, w += WIDTH, j += 8 * LANES) {
      IntVector low = IntVector.fromMemorySegment(I, ALL, w, ORDER);
      IntVector high = low.lanewise(VectorOperators.LSHR, 16);
      FloatVector x0 = FloatVector.fromArray(F, x, j);
      FloatVector s0 = part(low, mask0).mul(x0);
      FloatVector x1 = FloatVector.fromArray(F, x, j + LANES);
      FloatVector s1 = part(low, mask1).mul(x1);
      FloatVector x2 = FloatVector.fromArray(F, x, j + 2 * LANES);
      s0 = part(low, mask2).fma(x2, s0);
      FloatVector x3 = FloatVector.fromArray(F, x, j + 3 * LANES);
      s1 = part(low, mask3).fma(x3, s1);
      FloatVector x4 = FloatVector.fromArray(F, x, j + 4 * LANES);
      s0 = part(high, mask0).fma(x4, s0);
      FloatVector x5 = FloatVector.fromArray(F, x, j + 5 * LANES);
      s1 = part(high, mask1).fma(x5, s1);
      FloatVector x6 = FloatVector.fromArray(F, x, j + 6 * LANES);
      s0 = part(high, mask2).fma(x6, s0);
      FloatVector x7 = FloatVector.fromArray(F, x, j + 7 * LANES);
      s1 = part(high, mask3).fma(x7, s1);
      FloatVector scale = FloatVector.fromArray(F, scales, i * LANES);
      a = s0.add(s1).fma(scale, a);
    }
    a.intoArray(sums, 0);
  }

  /// One row of weights with one row of activations: sums by lane.
  static void eight(long w, float[] x, int at, float[] scales, int vectors, float[] sums) {
    IntVector mask0 = IntVector.broadcast(I, 0xff);
    IntVector mask1 = IntVector.broadcast(I, 0xff00);
    FloatVector a = FloatVector.zero(F);
    for (int i = 0, j = at; i < vectors; i++, w += WIDTH, j += 4 * LANES) {
      IntVector low = IntVector.fromMemorySegment(I, ALL, w, ORDER);
      IntVector high = low.lanewise(VectorOperators.LSHR, 16);
      FloatVector x0 = FloatVector.fromArray(F, x, j);
      FloatVector s0 = part(low, mask0).mul(x0);
      FloatVector x1 = FloatVector.fromArray(F, x, j + LANES);
      FloatVector s1 = part(low, mask1).mul(x1);
      FloatVector x2 = FloatVector.fromArray(F, x, j + 2 * LANES);
      s0 = part(high, mask0).fma(x2, s0);
      FloatVector x3 = FloatVector.fromArray(F, x, j + 3 * LANES);
      s1 = part(high, mask1).fma(x3, s1);
      FloatVector scale = FloatVector.fromArray(F, scales, i * LANES);
      a = s0.add(s1).fma(scale, a);
    }
    a.intoArray(sums, 0);
  }

  /// One row of weights with two rows of activations, `step` apart: sums by lane, one after the
  /// other.
  static void eightTwice(
      long w, float[] x, int at, int step, float[] scales, int vectors, float[] sums) {
    IntVector mask0 = IntVector.broadcast(I, 0xff);
    IntVector mask1 = IntVector.broadcast(I, 0xff00);
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int i = 0, j = at; i < vectors; i++, w += WIDTH, j += 4 * LANES) {
      IntVector low = IntVector.fromMemorySegment(I, ALL, w, ORDER);
      IntVector high = low.lanewise(VectorOperators.LSHR, 16);
      FloatVector q0 = part(low, mask0);
      FloatVector s = q0.mul(FloatVector.fromArray(F, x, j));
      FloatVector t = q0.mul(FloatVector.fromArray(F, x, step + j));
      FloatVector q1 = part(low, mask1);
      s = q1.fma(FloatVector.fromArray(F, x, j + LANES), s);
      t = q1.fma(FloatVector.fromArray(F, x, step + j + LANES), t);
      FloatVector q2 = part(high, mask0);
      s = q2.fma(FloatVector.fromArray(F, x, j + 2 * LANES), s);
      t = q2.fma(FloatVector.fromArray(F, x, step + j + 2 * LANES), t);
      FloatVector q3 = part(high, mask1);
      s = q3.fma(FloatVector.fromArray(F, x, j + 3 * LANES), s);
      t = q3.fma(FloatVector.fromArray(F, x, step + j + 3 * LANES), t);
      FloatVector scale = FloatVector.fromArray(F, scales, i * LANES);
      a = s.fma(scale, a);
      b = t.fma(scale, b);
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
  }
}
