package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.I;
import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.get;
import static bessemer.tensor.cpu.Raw.ints;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// The loops of [QuantizedRows] for 4 and 8 bits: whole vectors of words against activations laid
/// out in planes, plane `i` holding what the code in place `i` of each word multiplies. Four sums
/// at a time hide the latency of each. The loops over places are left to the compiler to unroll:
/// written out they are too large for it to inline all their vector operations.
final class CodeLoops {
  private CodeLoops() {}

  private static FloatVector part(IntVector word, IntVector mask) {
    return (FloatVector) word.and(mask).convert(VectorOperators.I2F, 0);
  }

  /// Four rows of weights, `rowBytes` apart, with one row of activations; one scale for each vector
  /// of words.
  static void four(long w, long rowBytes, long x, long s, long sStep, int vectors, long to) {
    IntVector mask = IntVector.broadcast(I, 15);
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, s += 4) {
      IntVector wordA = ints(w);
      IntVector wordB = ints(w + rowBytes);
      IntVector wordC = ints(w + 2 * rowBytes);
      IntVector wordD = ints(w + 3 * rowBytes);
      FloatVector sumA = all(0);
      FloatVector sumB = all(0);
      FloatVector sumC = all(0);
      FloatVector sumD = all(0);
      for (int place = 0; place < 8; place++, x += WIDTH) {
        FloatVector activations = floats(x);
        sumA = part(wordA, mask).fma(activations, sumA);
        wordA = wordA.lanewise(VectorOperators.LSHR, 4);
        sumB = part(wordB, mask).fma(activations, sumB);
        wordB = wordB.lanewise(VectorOperators.LSHR, 4);
        sumC = part(wordC, mask).fma(activations, sumC);
        wordC = wordC.lanewise(VectorOperators.LSHR, 4);
        sumD = part(wordD, mask).fma(activations, sumD);
        wordD = wordD.lanewise(VectorOperators.LSHR, 4);
      }
      a = sumA.fma(all(get(s)), a);
      b = sumB.fma(all(get(s + sStep)), b);
      c = sumC.fma(all(get(s + 2 * sStep)), c);
      d = sumD.fma(all(get(s + 3 * sStep)), d);
    }
    Raw.put(to, Raw.sum(a));
    Raw.put(to + 4, Raw.sum(b));
    Raw.put(to + 8, Raw.sum(c));
    Raw.put(to + 12, Raw.sum(d));
  }

  /// Four rows of weights, `rowBytes` apart, with one row of activations; the scales of each lane.
  static void fourByLane(long w, long rowBytes, long x, long s, long sStep, int vectors, long to) {
    IntVector mask = IntVector.broadcast(I, 15);
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, s += WIDTH) {
      IntVector wordA = ints(w);
      IntVector wordB = ints(w + rowBytes);
      IntVector wordC = ints(w + 2 * rowBytes);
      IntVector wordD = ints(w + 3 * rowBytes);
      FloatVector sumA = all(0);
      FloatVector sumB = all(0);
      FloatVector sumC = all(0);
      FloatVector sumD = all(0);
      for (int place = 0; place < 8; place++, x += WIDTH) {
        FloatVector activations = floats(x);
        sumA = part(wordA, mask).fma(activations, sumA);
        wordA = wordA.lanewise(VectorOperators.LSHR, 4);
        sumB = part(wordB, mask).fma(activations, sumB);
        wordB = wordB.lanewise(VectorOperators.LSHR, 4);
        sumC = part(wordC, mask).fma(activations, sumC);
        wordC = wordC.lanewise(VectorOperators.LSHR, 4);
        sumD = part(wordD, mask).fma(activations, sumD);
        wordD = wordD.lanewise(VectorOperators.LSHR, 4);
      }
      a = sumA.fma(floats(s), a);
      b = sumB.fma(floats(s + sStep), b);
      c = sumC.fma(floats(s + 2 * sStep), c);
      d = sumD.fma(floats(s + 3 * sStep), d);
    }
    Raw.put(to, Raw.sum(a));
    Raw.put(to + 4, Raw.sum(b));
    Raw.put(to + 8, Raw.sum(c));
    Raw.put(to + 12, Raw.sum(d));
  }

  /// One row of weights with four rows of activations, `xStep` bytes apart; the scales of each
  /// lane.
  static void fourRows(long w, long x, long xStep, long s, int vectors, long to) {
    IntVector mask = IntVector.broadcast(I, 15);
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, s += WIDTH) {
      IntVector word = ints(w);
      FloatVector scale = floats(s);
      FloatVector sumA = all(0);
      FloatVector sumB = all(0);
      FloatVector sumC = all(0);
      FloatVector sumD = all(0);
      for (int place = 0; place < 8; place++, x += WIDTH) {
        FloatVector codes = part(word, mask);
        word = word.lanewise(VectorOperators.LSHR, 4);
        sumA = codes.fma(floats(x), sumA);
        sumB = codes.fma(floats(x + xStep), sumB);
        sumC = codes.fma(floats(x + 2 * xStep), sumC);
        sumD = codes.fma(floats(x + 3 * xStep), sumD);
      }
      a = sumA.fma(scale, a);
      b = sumB.fma(scale, b);
      c = sumC.fma(scale, c);
      d = sumD.fma(scale, d);
    }
    Raw.put(to, Raw.sum(a));
    Raw.put(to + 4, Raw.sum(b));
    Raw.put(to + 8, Raw.sum(c));
    Raw.put(to + 12, Raw.sum(d));
  }

  /// Four rows of weights, `rowBytes` apart, with one row of activations; one scale for each vector
  /// of words.
  static void eight(long w, long rowBytes, long x, long s, long sStep, int vectors, long to) {
    IntVector mask = IntVector.broadcast(I, 255);
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, s += 4) {
      IntVector wordA = ints(w);
      IntVector wordB = ints(w + rowBytes);
      IntVector wordC = ints(w + 2 * rowBytes);
      IntVector wordD = ints(w + 3 * rowBytes);
      FloatVector sumA = all(0);
      FloatVector sumB = all(0);
      FloatVector sumC = all(0);
      FloatVector sumD = all(0);
      for (int place = 0; place < 4; place++, x += WIDTH) {
        FloatVector activations = floats(x);
        sumA = part(wordA, mask).fma(activations, sumA);
        wordA = wordA.lanewise(VectorOperators.LSHR, 8);
        sumB = part(wordB, mask).fma(activations, sumB);
        wordB = wordB.lanewise(VectorOperators.LSHR, 8);
        sumC = part(wordC, mask).fma(activations, sumC);
        wordC = wordC.lanewise(VectorOperators.LSHR, 8);
        sumD = part(wordD, mask).fma(activations, sumD);
        wordD = wordD.lanewise(VectorOperators.LSHR, 8);
      }
      a = sumA.fma(all(get(s)), a);
      b = sumB.fma(all(get(s + sStep)), b);
      c = sumC.fma(all(get(s + 2 * sStep)), c);
      d = sumD.fma(all(get(s + 3 * sStep)), d);
    }
    Raw.put(to, Raw.sum(a));
    Raw.put(to + 4, Raw.sum(b));
    Raw.put(to + 8, Raw.sum(c));
    Raw.put(to + 12, Raw.sum(d));
  }

  /// Four rows of weights, `rowBytes` apart, with one row of activations; the scales of each lane.
  static void eightByLane(long w, long rowBytes, long x, long s, long sStep, int vectors, long to) {
    IntVector mask = IntVector.broadcast(I, 255);
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, s += WIDTH) {
      IntVector wordA = ints(w);
      IntVector wordB = ints(w + rowBytes);
      IntVector wordC = ints(w + 2 * rowBytes);
      IntVector wordD = ints(w + 3 * rowBytes);
      FloatVector sumA = all(0);
      FloatVector sumB = all(0);
      FloatVector sumC = all(0);
      FloatVector sumD = all(0);
      for (int place = 0; place < 4; place++, x += WIDTH) {
        FloatVector activations = floats(x);
        sumA = part(wordA, mask).fma(activations, sumA);
        wordA = wordA.lanewise(VectorOperators.LSHR, 8);
        sumB = part(wordB, mask).fma(activations, sumB);
        wordB = wordB.lanewise(VectorOperators.LSHR, 8);
        sumC = part(wordC, mask).fma(activations, sumC);
        wordC = wordC.lanewise(VectorOperators.LSHR, 8);
        sumD = part(wordD, mask).fma(activations, sumD);
        wordD = wordD.lanewise(VectorOperators.LSHR, 8);
      }
      a = sumA.fma(floats(s), a);
      b = sumB.fma(floats(s + sStep), b);
      c = sumC.fma(floats(s + 2 * sStep), c);
      d = sumD.fma(floats(s + 3 * sStep), d);
    }
    Raw.put(to, Raw.sum(a));
    Raw.put(to + 4, Raw.sum(b));
    Raw.put(to + 8, Raw.sum(c));
    Raw.put(to + 12, Raw.sum(d));
  }

  /// One row of weights with four rows of activations, `xStep` bytes apart; the scales of each
  /// lane.
  static void eightRows(long w, long x, long xStep, long s, int vectors, long to) {
    IntVector mask = IntVector.broadcast(I, 255);
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    for (int i = 0; i < vectors; i++, w += WIDTH, s += WIDTH) {
      IntVector word = ints(w);
      FloatVector scale = floats(s);
      FloatVector sumA = all(0);
      FloatVector sumB = all(0);
      FloatVector sumC = all(0);
      FloatVector sumD = all(0);
      for (int place = 0; place < 4; place++, x += WIDTH) {
        FloatVector codes = part(word, mask);
        word = word.lanewise(VectorOperators.LSHR, 8);
        sumA = codes.fma(floats(x), sumA);
        sumB = codes.fma(floats(x + xStep), sumB);
        sumC = codes.fma(floats(x + 2 * xStep), sumC);
        sumD = codes.fma(floats(x + 3 * xStep), sumD);
      }
      a = sumA.fma(scale, a);
      b = sumB.fma(scale, b);
      c = sumC.fma(scale, c);
      d = sumD.fma(scale, d);
    }
    Raw.put(to, Raw.sum(a));
    Raw.put(to + 4, Raw.sum(b));
    Raw.put(to + 8, Raw.sum(c));
    Raw.put(to + 12, Raw.sum(d));
  }
}
