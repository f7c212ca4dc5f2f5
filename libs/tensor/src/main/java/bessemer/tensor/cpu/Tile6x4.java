package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.ALL;
import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.ORDER;
import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.get;

import jdk.incubator.vector.FloatVector;

/// The innermost loop of matrix products where a core has 32 vector registers: 6 rows by 4 vectors
/// of columns stay in registers for the whole of `inner`. Vectors are read and written without
/// methods in between after the loop, where the compiler would not inline them.
final class Tile6x4 {
  private Tile6x4() {}

  /// Adds to the sums at `c`.
  ///
  /// @param a `[inner][6]`
  /// @param b `[inner]` rows of 4 vectors, `bStep` bytes apart
  /// @param c 6 rows, `cStep` bytes apart
  static void run(long a, long b, long bStep, long c, long cStep, int inner) {
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
    FloatVector s00 = FloatVector.fromMemorySegment(F, ALL, c, ORDER);
    c00.add(s00).intoMemorySegment(ALL, c, ORDER);
    FloatVector s01 = FloatVector.fromMemorySegment(F, ALL, c + WIDTH, ORDER);
    c01.add(s01).intoMemorySegment(ALL, c + WIDTH, ORDER);
    FloatVector s02 = FloatVector.fromMemorySegment(F, ALL, c + 2 * WIDTH, ORDER);
    c02.add(s02).intoMemorySegment(ALL, c + 2 * WIDTH, ORDER);
    FloatVector s03 = FloatVector.fromMemorySegment(F, ALL, c + 3 * WIDTH, ORDER);
    c03.add(s03).intoMemorySegment(ALL, c + 3 * WIDTH, ORDER);
    c += cStep;
    FloatVector s10 = FloatVector.fromMemorySegment(F, ALL, c, ORDER);
    c10.add(s10).intoMemorySegment(ALL, c, ORDER);
    FloatVector s11 = FloatVector.fromMemorySegment(F, ALL, c + WIDTH, ORDER);
    c11.add(s11).intoMemorySegment(ALL, c + WIDTH, ORDER);
    FloatVector s12 = FloatVector.fromMemorySegment(F, ALL, c + 2 * WIDTH, ORDER);
    c12.add(s12).intoMemorySegment(ALL, c + 2 * WIDTH, ORDER);
    FloatVector s13 = FloatVector.fromMemorySegment(F, ALL, c + 3 * WIDTH, ORDER);
    c13.add(s13).intoMemorySegment(ALL, c + 3 * WIDTH, ORDER);
    c += cStep;
    FloatVector s20 = FloatVector.fromMemorySegment(F, ALL, c, ORDER);
    c20.add(s20).intoMemorySegment(ALL, c, ORDER);
    FloatVector s21 = FloatVector.fromMemorySegment(F, ALL, c + WIDTH, ORDER);
    c21.add(s21).intoMemorySegment(ALL, c + WIDTH, ORDER);
    FloatVector s22 = FloatVector.fromMemorySegment(F, ALL, c + 2 * WIDTH, ORDER);
    c22.add(s22).intoMemorySegment(ALL, c + 2 * WIDTH, ORDER);
    FloatVector s23 = FloatVector.fromMemorySegment(F, ALL, c + 3 * WIDTH, ORDER);
    c23.add(s23).intoMemorySegment(ALL, c + 3 * WIDTH, ORDER);
    c += cStep;
    FloatVector s30 = FloatVector.fromMemorySegment(F, ALL, c, ORDER);
    c30.add(s30).intoMemorySegment(ALL, c, ORDER);
    FloatVector s31 = FloatVector.fromMemorySegment(F, ALL, c + WIDTH, ORDER);
    c31.add(s31).intoMemorySegment(ALL, c + WIDTH, ORDER);
    FloatVector s32 = FloatVector.fromMemorySegment(F, ALL, c + 2 * WIDTH, ORDER);
    c32.add(s32).intoMemorySegment(ALL, c + 2 * WIDTH, ORDER);
    FloatVector s33 = FloatVector.fromMemorySegment(F, ALL, c + 3 * WIDTH, ORDER);
    c33.add(s33).intoMemorySegment(ALL, c + 3 * WIDTH, ORDER);
    c += cStep;
    FloatVector s40 = FloatVector.fromMemorySegment(F, ALL, c, ORDER);
    c40.add(s40).intoMemorySegment(ALL, c, ORDER);
    FloatVector s41 = FloatVector.fromMemorySegment(F, ALL, c + WIDTH, ORDER);
    c41.add(s41).intoMemorySegment(ALL, c + WIDTH, ORDER);
    FloatVector s42 = FloatVector.fromMemorySegment(F, ALL, c + 2 * WIDTH, ORDER);
    c42.add(s42).intoMemorySegment(ALL, c + 2 * WIDTH, ORDER);
    FloatVector s43 = FloatVector.fromMemorySegment(F, ALL, c + 3 * WIDTH, ORDER);
    c43.add(s43).intoMemorySegment(ALL, c + 3 * WIDTH, ORDER);
    c += cStep;
    FloatVector s50 = FloatVector.fromMemorySegment(F, ALL, c, ORDER);
    c50.add(s50).intoMemorySegment(ALL, c, ORDER);
    FloatVector s51 = FloatVector.fromMemorySegment(F, ALL, c + WIDTH, ORDER);
    c51.add(s51).intoMemorySegment(ALL, c + WIDTH, ORDER);
    FloatVector s52 = FloatVector.fromMemorySegment(F, ALL, c + 2 * WIDTH, ORDER);
    c52.add(s52).intoMemorySegment(ALL, c + 2 * WIDTH, ORDER);
    FloatVector s53 = FloatVector.fromMemorySegment(F, ALL, c + 3 * WIDTH, ORDER);
    c53.add(s53).intoMemorySegment(ALL, c + 3 * WIDTH, ORDER);
  }
}
