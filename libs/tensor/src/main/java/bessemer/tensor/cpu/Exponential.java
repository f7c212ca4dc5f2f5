package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.all;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// e to the power of each lane, within 1.5 units in the last place.
///
/// `x = n ln 2 + r` with `|r| <= ln 2 / 2`: the series of `e^r` up to `r^7 / 7!` leaves less than a
/// tenth of a unit, and `2^n` is applied as two factors so that subnormal results come out too.
final class Exponential {
  private static final float LOG2_E = 1.44269504f;
  // ln 2 in two parts; the first has zeros at its end, so that n times it is exact.
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = (float) (Math.log(2) - 0.693359375);
  // Adding it rounds to an integer, which then lies in the last bits.
  private static final float ROUND = 0x1.8p23f;
  private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

  private Exponential() {}

  static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.max(-104f).min(89f);
    FloatVector shifted = bounded.fma(all(LOG2_E), all(ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(all(-LN2_HIGH), bounded);
    r = n.fma(all(-LN2_LOW), r);
    FloatVector p = r.fma(all(1f / 5040), all(1f / 720));
    p = p.fma(r, all(1f / 120));
    p = p.fma(r, all(1f / 24));
    p = p.fma(r, all(1f / 6));
    p = p.fma(r, all(.5f));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector power = shifted.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = power.lanewise(VectorOperators.ASHR, 1);
    return p.mul(two(half)).mul(two(power.sub(half)));
  }

  private static FloatVector two(IntVector power) {
    return power.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  /// `1 / (1 + e^-x)`
  static FloatVector sigmoid(FloatVector x) {
    return all(1f).div(exp(x.neg()).add(1f));
  }
}
