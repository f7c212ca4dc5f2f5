package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.get;
import static bessemer.tensor.cpu.Raw.store;

import jdk.incubator.vector.FloatVector;

/// The innermost loop of matrix products where a core has 16 vector registers: 6 rows by 2 vectors
/// of columns stay in registers for the whole of `inner`.
final class Tile6x2 {
  private Tile6x2() {}

  /// Adds to the sums at `c`, or starts them when `first`.
  ///
  /// @param a `[inner][6]`
  /// @param b `[inner]` rows of 2 vectors, `bStep` bytes apart
  /// @param c 6 rows, `cStep` bytes apart
  static void run(long a, long b, long bStep, long c, long cStep, int inner, boolean first) {
    FloatVector c00 = all(0);
    FloatVector c01 = all(0);
    FloatVector c10 = all(0);
    FloatVector c11 = all(0);
    FloatVector c20 = all(0);
    FloatVector c21 = all(0);
    FloatVector c30 = all(0);
    FloatVector c31 = all(0);
    FloatVector c40 = all(0);
    FloatVector c41 = all(0);
    FloatVector c50 = all(0);
    FloatVector c51 = all(0);
    for (int k = 0; k < inner; k++, a += 24, b += bStep) {
      FloatVector b0 = floats(b);
      FloatVector b1 = floats(b + WIDTH);
      FloatVector a0 = all(get(a));
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      FloatVector a1 = all(get(a + 4));
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      FloatVector a2 = all(get(a + 8));
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      FloatVector a3 = all(get(a + 12));
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      FloatVector a4 = all(get(a + 16));
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      FloatVector a5 = all(get(a + 20));
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
    }
    put(c, c00, c01, first);
    put(c + cStep, c10, c11, first);
    put(c + 2 * cStep, c20, c21, first);
    put(c + 3 * cStep, c30, c31, first);
    put(c + 4 * cStep, c40, c41, first);
    put(c + 5 * cStep, c50, c51, first);
  }

  private static void put(long c, FloatVector v0, FloatVector v1, boolean first) {
    if (first) {
      store(v0, c + 0 * WIDTH);
      store(v1, c + 1 * WIDTH);
    } else {
      store(v0.add(floats(c + 0 * WIDTH)), c + 0 * WIDTH);
      store(v1.add(floats(c + 1 * WIDTH)), c + 1 * WIDTH);
    }
  }
}
