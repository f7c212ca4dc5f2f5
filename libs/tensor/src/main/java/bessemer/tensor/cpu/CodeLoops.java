package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.get;
import static bessemer.tensor.cpu.Raw.ints;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// The loops of [QuantizedRows] for 4 and 8 bits: whole vectors of words against activations laid
/// out in planes, plane `i` holding what the code in place `i` of each word multiplies. Codes are
/// masked but not shifted down; the planes are divided by what that leaves too large, exactly.
///
/// Scales are one float for each vector of words (`sStep` 4), or one for each lane.
final class CodeLoops {
  private CodeLoops() {}

  private static FloatVector part(IntVector word, int mask) {
    return (FloatVector) word.and(mask).convert(VectorOperators.I2F, 0);
  }

  private static IntVector high(IntVector word, int shift) {
    return word.lanewise(VectorOperators.LSHR, shift);
  }

  private static float sum(FloatVector sums) {
    return Raw.sum(sums);
  }

  /// One row of activations with two rows of weights; the second sum at `to + 4`.
  static void fourPair(long w, long rowBytes, long x, long s, long sBytes, int vectors, long to) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    long v = w + rowBytes;
    for (int i = 0; i < vectors; i++, w += WIDTH, v += WIDTH, x += 8 * WIDTH) {
      IntVector lowA = ints(w);
      IntVector lowB = ints(v);
      IntVector highA = high(lowA, 16);
      IntVector highB = high(lowB, 16);
      FloatVector x0 = floats(x);
      FloatVector x1 = floats(x + WIDTH);
      FloatVector a0 = part(lowA, 0xf).mul(x0);
      FloatVector b0 = part(lowB, 0xf).mul(x0);
      FloatVector a1 = part(lowA, 0xf0).mul(x1);
      FloatVector b1 = part(lowB, 0xf0).mul(x1);
      FloatVector x2 = floats(x + 2 * WIDTH);
      a0 = part(lowA, 0xf00).fma(x2, a0);
      b0 = part(lowB, 0xf00).fma(x2, b0);
      FloatVector x3 = floats(x + 3 * WIDTH);
      a1 = part(lowA, 0xf000).fma(x3, a1);
      b1 = part(lowB, 0xf000).fma(x3, b1);
      FloatVector x4 = floats(x + 4 * WIDTH);
      a0 = part(highA, 0xf).fma(x4, a0);
      b0 = part(highB, 0xf).fma(x4, b0);
      FloatVector x5 = floats(x + 5 * WIDTH);
      a1 = part(highA, 0xf0).fma(x5, a1);
      b1 = part(highB, 0xf0).fma(x5, b1);
      FloatVector x6 = floats(x + 6 * WIDTH);
      a0 = part(highA, 0xf00).fma(x6, a0);
      b0 = part(highB, 0xf00).fma(x6, b0);
      FloatVector x7 = floats(x + 7 * WIDTH);
      a1 = part(highA, 0xf000).fma(x7, a1);
      b1 = part(highB, 0xf000).fma(x7, b1);
      a = a0.add(a1).fma(all(get(s + (long) i * 4)), a);
      b = b0.add(b1).fma(all(get(s + sBytes + (long) i * 4)), b);
    }
    Raw.put(to, sum(a));
    Raw.put(to + 4, sum(b));
  }

  /// One row of activations with two rows of weights; the second sum at `to + 4`.
  static void fourPairMixed(
      long w, long rowBytes, long x, long s, long sBytes, int vectors, long to) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    long v = w + rowBytes;
    for (int i = 0; i < vectors; i++, w += WIDTH, v += WIDTH, x += 8 * WIDTH) {
      IntVector lowA = ints(w);
      IntVector lowB = ints(v);
      IntVector highA = high(lowA, 16);
      IntVector highB = high(lowB, 16);
      FloatVector x0 = floats(x);
      FloatVector x1 = floats(x + WIDTH);
      FloatVector a0 = part(lowA, 0xf).mul(x0);
      FloatVector b0 = part(lowB, 0xf).mul(x0);
      FloatVector a1 = part(lowA, 0xf0).mul(x1);
      FloatVector b1 = part(lowB, 0xf0).mul(x1);
      FloatVector x2 = floats(x + 2 * WIDTH);
      a0 = part(lowA, 0xf00).fma(x2, a0);
      b0 = part(lowB, 0xf00).fma(x2, b0);
      FloatVector x3 = floats(x + 3 * WIDTH);
      a1 = part(lowA, 0xf000).fma(x3, a1);
      b1 = part(lowB, 0xf000).fma(x3, b1);
      FloatVector x4 = floats(x + 4 * WIDTH);
      a0 = part(highA, 0xf).fma(x4, a0);
      b0 = part(highB, 0xf).fma(x4, b0);
      FloatVector x5 = floats(x + 5 * WIDTH);
      a1 = part(highA, 0xf0).fma(x5, a1);
      b1 = part(highB, 0xf0).fma(x5, b1);
      FloatVector x6 = floats(x + 6 * WIDTH);
      a0 = part(highA, 0xf00).fma(x6, a0);
      b0 = part(highB, 0xf00).fma(x6, b0);
      FloatVector x7 = floats(x + 7 * WIDTH);
      a1 = part(highA, 0xf000).fma(x7, a1);
      b1 = part(highB, 0xf000).fma(x7, b1);
      a = a0.add(a1).fma(floats(s + (long) i * WIDTH), a);
      b = b0.add(b1).fma(floats(s + sBytes + (long) i * WIDTH), b);
    }
    Raw.put(to, sum(a));
    Raw.put(to + 4, sum(b));
  }

  /// Four rows of activations (`xStep` bytes apart) with one row of weights, scales by lane.
  static void fourRows(long w, long x, long xStep, long s, int vectors, long to) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, x += 8 * WIDTH, s += WIDTH) {
      IntVector low = ints(w);
      IntVector high = high(low, 16);
      FloatVector scale = floats(s);
      FloatVector q = part(low, 0xf);
      FloatVector a0 = q.mul(floats(x));
      FloatVector b0 = q.mul(floats(x + xStep));
      FloatVector c0 = q.mul(floats(x + 2 * xStep));
      FloatVector d0 = q.mul(floats(x + 3 * xStep));
      q = part(low, 0xf0);
      a0 = q.fma(floats(x + 1 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 1 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 1 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 1 * WIDTH), d0);
      q = part(low, 0xf00);
      a0 = q.fma(floats(x + 2 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 2 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 2 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 2 * WIDTH), d0);
      q = part(low, 0xf000);
      a0 = q.fma(floats(x + 3 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 3 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 3 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 3 * WIDTH), d0);
      q = part(high, 0xf);
      a0 = q.fma(floats(x + 4 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 4 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 4 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 4 * WIDTH), d0);
      q = part(high, 0xf0);
      a0 = q.fma(floats(x + 5 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 5 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 5 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 5 * WIDTH), d0);
      q = part(high, 0xf00);
      a0 = q.fma(floats(x + 6 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 6 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 6 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 6 * WIDTH), d0);
      q = part(high, 0xf000);
      a0 = q.fma(floats(x + 7 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 7 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 7 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 7 * WIDTH), d0);
      a = a0.fma(scale, a);
      b = b0.fma(scale, b);
      c = c0.fma(scale, c);
      d = d0.fma(scale, d);
    }
    Raw.put(to, sum(a));
    Raw.put(to + 4, sum(b));
    Raw.put(to + 8, sum(c));
    Raw.put(to + 12, sum(d));
  }

  /// One row of activations with two rows of weights; the second sum at `to + 4`.
  static void eightPair(long w, long rowBytes, long x, long s, long sBytes, int vectors, long to) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    long v = w + rowBytes;
    for (int i = 0; i < vectors; i++, w += WIDTH, v += WIDTH, x += 4 * WIDTH) {
      IntVector lowA = ints(w);
      IntVector lowB = ints(v);
      IntVector highA = high(lowA, 16);
      IntVector highB = high(lowB, 16);
      FloatVector x0 = floats(x);
      FloatVector x1 = floats(x + WIDTH);
      FloatVector a0 = part(lowA, 0xff).mul(x0);
      FloatVector b0 = part(lowB, 0xff).mul(x0);
      FloatVector a1 = part(lowA, 0xff00).mul(x1);
      FloatVector b1 = part(lowB, 0xff00).mul(x1);
      FloatVector x2 = floats(x + 2 * WIDTH);
      a0 = part(highA, 0xff).fma(x2, a0);
      b0 = part(highB, 0xff).fma(x2, b0);
      FloatVector x3 = floats(x + 3 * WIDTH);
      a1 = part(highA, 0xff00).fma(x3, a1);
      b1 = part(highB, 0xff00).fma(x3, b1);
      a = a0.add(a1).fma(all(get(s + (long) i * 4)), a);
      b = b0.add(b1).fma(all(get(s + sBytes + (long) i * 4)), b);
    }
    Raw.put(to, sum(a));
    Raw.put(to + 4, sum(b));
  }

  /// One row of activations with two rows of weights; the second sum at `to + 4`.
  static void eightPairMixed(
      long w, long rowBytes, long x, long s, long sBytes, int vectors, long to) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    long v = w + rowBytes;
    for (int i = 0; i < vectors; i++, w += WIDTH, v += WIDTH, x += 4 * WIDTH) {
      IntVector lowA = ints(w);
      IntVector lowB = ints(v);
      IntVector highA = high(lowA, 16);
      IntVector highB = high(lowB, 16);
      FloatVector x0 = floats(x);
      FloatVector x1 = floats(x + WIDTH);
      FloatVector a0 = part(lowA, 0xff).mul(x0);
      FloatVector b0 = part(lowB, 0xff).mul(x0);
      FloatVector a1 = part(lowA, 0xff00).mul(x1);
      FloatVector b1 = part(lowB, 0xff00).mul(x1);
      FloatVector x2 = floats(x + 2 * WIDTH);
      a0 = part(highA, 0xff).fma(x2, a0);
      b0 = part(highB, 0xff).fma(x2, b0);
      FloatVector x3 = floats(x + 3 * WIDTH);
      a1 = part(highA, 0xff00).fma(x3, a1);
      b1 = part(highB, 0xff00).fma(x3, b1);
      a = a0.add(a1).fma(floats(s + (long) i * WIDTH), a);
      b = b0.add(b1).fma(floats(s + sBytes + (long) i * WIDTH), b);
    }
    Raw.put(to, sum(a));
    Raw.put(to + 4, sum(b));
  }

  /// Four rows of activations (`xStep` bytes apart) with one row of weights, scales by lane.
  static void eightRows(long w, long x, long xStep, long s, int vectors, long to) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, x += 4 * WIDTH, s += WIDTH) {
      IntVector low = ints(w);
      IntVector high = high(low, 16);
      FloatVector scale = floats(s);
      FloatVector q = part(low, 0xff);
      FloatVector a0 = q.mul(floats(x));
      FloatVector b0 = q.mul(floats(x + xStep));
      FloatVector c0 = q.mul(floats(x + 2 * xStep));
      FloatVector d0 = q.mul(floats(x + 3 * xStep));
      q = part(low, 0xff00);
      a0 = q.fma(floats(x + 1 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 1 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 1 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 1 * WIDTH), d0);
      q = part(high, 0xff);
      a0 = q.fma(floats(x + 2 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 2 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 2 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 2 * WIDTH), d0);
      q = part(high, 0xff00);
      a0 = q.fma(floats(x + 3 * WIDTH), a0);
      b0 = q.fma(floats(x + xStep + 3 * WIDTH), b0);
      c0 = q.fma(floats(x + 2 * xStep + 3 * WIDTH), c0);
      d0 = q.fma(floats(x + 3 * xStep + 3 * WIDTH), d0);
      a = a0.fma(scale, a);
      b = b0.fma(scale, b);
      c = c0.fma(scale, c);
      d = d0.fma(scale, d);
    }
    Raw.put(to, sum(a));
    Raw.put(to + 4, sum(b));
    Raw.put(to + 8, sum(c));
    Raw.put(to + 12, sum(d));
  }
}
