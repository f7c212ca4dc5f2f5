package bessemer.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Native memory by absolute address, and vectors of this machine's width.
///
/// Kernels read through one constant segment: its class is known to the compiler whatever kinds of
/// segments the rest of the program uses, and no liveness check sits in the loops. What an address
/// points into is kept alive by the caller, and that it lies inside is [bessemer.tensor]'s check of
/// shapes.
final class Raw {
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

  /// As many shorts as [#F] has floats.
  static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));

  /// Floats, or 32-bit integers, in a vector.
  static final int LANES = F.length();

  /// Bytes of a vector of floats.
  static final int WIDTH = 4 * LANES;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

  private Raw() {}

  /// Made when Java's kernels add up, which native ones spare.
  private static final class Rotations {
    static final VectorShuffle<Float> BY_8 = by(8);
    static final VectorShuffle<Float> BY_4 = by(4);
    static final VectorShuffle<Float> BY_2 = by(2);
    static final VectorShuffle<Float> BY_1 = by(1);

    private static VectorShuffle<Float> by(int lanes) {
      return VectorShuffle.fromOp(F, lane -> (lane + lanes) % LANES);
    }
  }

  static float get(long at) {
    return ALL.get(FLOAT, at);
  }

  static void put(long at, float value) {
    ALL.set(FLOAT, at, value);
  }

  static int getInt(long at) {
    return ALL.get(INT, at);
  }

  static void putInt(long at, int value) {
    ALL.set(INT, at, value);
  }

  static void putLong(long at, long value) {
    ALL.set(LONG, at, value);
  }

  static void putLongs(long at, long a, long b, long c, long d) {
    putLong(at, a);
    putLong(at + 8, b);
    putLong(at + 16, c);
    putLong(at + 24, d);
  }

  static long getLong(long at) {
    return ALL.get(LONG, at);
  }

  static short getShort(long at) {
    return ALL.get(SHORT, at);
  }

  static void putShort(long at, short value) {
    ALL.set(SHORT, at, value);
  }

  static byte getByte(long at) {
    return ALL.get(ValueLayout.JAVA_BYTE, at);
  }

  static void putByte(long at, byte value) {
    ALL.set(ValueLayout.JAVA_BYTE, at, value);
  }

  static FloatVector floats(long at) {
    return FloatVector.fromMemorySegment(F, ALL, at, ORDER);
  }

  static void store(FloatVector value, long at) {
    value.intoMemorySegment(ALL, at, ORDER);
  }

  /// Zero where the mask is not set; nothing is read there.
  static FloatVector floats(long at, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(F, ALL, at, ORDER, mask);
  }

  static void store(FloatVector value, long at, VectorMask<Float> mask) {
    value.intoMemorySegment(ALL, at, ORDER, mask);
  }

  static IntVector ints(long at) {
    return IntVector.fromMemorySegment(I, ALL, at, ORDER);
  }

  /// [#LANES] unsigned 16-bit numbers, widened.
  static IntVector shorts(long at) {
    return (IntVector)
        ShortVector.fromMemorySegment(S, ALL, at, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
  }

  static FloatVector all(float value) {
    return FloatVector.broadcast(F, value);
  }

  /// The sum of the lanes, always in one order; that of `reduceLanes` changes when a method gets
  /// compiled.
  static float sum(FloatVector v) {
    FloatVector sums = v;
    if (LANES >= 16) {
      sums = sums.add(sums.rearrange(Rotations.BY_8));
    }
    if (LANES >= 8) {
      sums = sums.add(sums.rearrange(Rotations.BY_4));
    }
    sums = sums.add(sums.rearrange(Rotations.BY_2));
    return sums.add(sums.rearrange(Rotations.BY_1)).lane(0);
  }

  static void clear(long at, long bytes) {
    ALL.asSlice(at, bytes).fill((byte) 0);
  }

  static void copy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }
}
