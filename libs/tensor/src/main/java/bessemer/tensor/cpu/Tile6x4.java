package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.get;
import static bessemer.tensor.cpu.Raw.store;

import jdk.incubator.vector.FloatVector;

/// The innermost loop of matrix products where a core has 32 vector registers: 6 rows by 4 vectors
/// of columns stay in registers for the whole of `inner`.
final class Tile6x4 {
  private Tile6x4() {}

  /// Adds to the sums at `c`, or starts them when `first`.
  ///
  /// @param a `[inner][6]`
  /// @param b `[inner]` rows of 4 vectors, `bStep` bytes apart
  /// @param c 6 rows, `cStep` bytes apart
  static void run(long a, long b, long bStep, long c, long cStep, int inner, boolean first) {
    FloatVector c00 = all(0);
    FloatVector c01 = all(0);
    FloatVector c02 = all(0);
    FloatVector c03 = all(0);
    FloatVector c10 = all(0);
    FloatVector c11 = all(0);
    FloatVector c12 = all(0);
    FloatVector c13 = all(0);
    FloatVector c20 = all(0);
    FloatVector c21 = all(0);
    FloatVector c22 = all(0);
    FloatVector c23 = all(0);
    FloatVector c30 = all(0);
    FloatVector c31 = all(0);
    FloatVector c32 = all(0);
    FloatVector c33 = all(0);
    FloatVector c40 = all(0);
    FloatVector c41 = all(0);
    FloatVector c42 = all(0);
    FloatVector c43 = all(0);
    FloatVector c50 = all(0);
    FloatVector c51 = all(0);
    FloatVector c52 = all(0);
    FloatVector c53 = all(0);
    for (int k = 0; k < inner; k++, a += 24, b += bStep) {
      FloatVector b0 = floats(b);
      FloatVector b1 = floats(b + WIDTH);
      FloatVector b2 = floats(b + 2 * WIDTH);
      FloatVector b3 = floats(b + 3 * WIDTH);
      FloatVector a0 = all(get(a));
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      c02 = a0.fma(b2, c02);
      c03 = a0.fma(b3, c03);
      FloatVector a1 = all(get(a + 4));
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      c12 = a1.fma(b2, c12);
      c13 = a1.fma(b3, c13);
      FloatVector a2 = all(get(a + 8));
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      c22 = a2.fma(b2, c22);
      c23 = a2.fma(b3, c23);
      FloatVector a3 = all(get(a + 12));
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      c32 = a3.fma(b2, c32);
      c33 = a3.fma(b3, c33);
      FloatVector a4 = all(get(a + 16));
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      c42 = a4.fma(b2, c42);
      c43 = a4.fma(b3, c43);
      FloatVector a5 = all(get(a + 20));
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
      c52 = a5.fma(b2, c52);
      c53 = a5.fma(b3, c53);
    }
    put(c, c00, c01, c02, c03, first);
    put(c + cStep, c10, c11, c12, c13, first);
    put(c + 2 * cStep, c20, c21, c22, c23, first);
    put(c + 3 * cStep, c30, c31, c32, c33, first);
    put(c + 4 * cStep, c40, c41, c42, c43, first);
    put(c + 5 * cStep, c50, c51, c52, c53, first);
  }

  private static void put(
      long c, FloatVector v0, FloatVector v1, FloatVector v2, FloatVector v3, boolean first) {
    if (first) {
      store(v0, c + 0 * WIDTH);
      store(v1, c + 1 * WIDTH);
      store(v2, c + 2 * WIDTH);
      store(v3, c + 3 * WIDTH);
    } else {
      store(v0.add(floats(c + 0 * WIDTH)), c + 0 * WIDTH);
      store(v1.add(floats(c + 1 * WIDTH)), c + 1 * WIDTH);
      store(v2.add(floats(c + 2 * WIDTH)), c + 2 * WIDTH);
      store(v3.add(floats(c + 3 * WIDTH)), c + 3 * WIDTH);
    }
  }
}
