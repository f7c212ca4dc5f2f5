package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.I;
import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.all;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Rows of an affinely quantized matrix as floats: `code * scale + bias`, rounded twice as MLX
/// does.
final class Codes {
  private static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LANES)));
  private static final IntVector LANE = IntVector.zero(I).addIndex(1);
  private static final IntVector SHIFT4 = LANE.and(7).mul(4);
  private static final IntVector SHIFT2 = LANE.mul(2);
  private static final IntVector SHIFT8 = LANE.and(3).mul(8);
  private static final VectorMask<Integer> UPPER = LANE.compare(VectorOperators.GE, 8);

  private Codes() {}

  /// Bytes of scratch that [#row] needs for so many elements.
  static long scratchBytes(Matrix.Packed matrix, int count) {
    return 8L * (count / matrix.group() + 1);
  }

  /// `count` elements of a column of the right side from place `from` on, both multiples of the
  /// group.
  static void row(Matrix.Packed m, long column, int from, int count, long to, long scratch) {
    int group = m.group();
    int groups = count / group;
    long biases = scratch + 4L * groups;
    long skipped = (long) (from / group) * m.type().bytes();
    Half.toFloats(m.type(), m.scale(column) + skipped, scratch, groups);
    Half.toFloats(m.type(), m.bias(column) + skipped, biases, groups);
    long words = m.row(column) + (long) from * m.bits() / 8;
    for (int g = 0; g < groups; g++) {
      long at = words + (long) g * group * m.bits() / 8;
      float scale = Raw.get(scratch + 4L * g);
      float bias = Raw.get(biases + 4L * g);
      group(m.bits(), at, group, scale, bias, to + 4L * g * group);
    }
  }

  /// A whole column, without vectors: for single rows, which run before vectors are compiled and
  /// would leave objects behind.
  static void plainRow(Matrix.Packed m, long column, long to) {
    int size = m.type().bytes();
    for (int g = 0; g < m.groups(); g++) {
      float scale = Half.load(m.type(), m.scale(column) + (long) g * size);
      float bias = Half.load(m.type(), m.bias(column) + (long) g * size);
      long at = m.row(column) + (long) g * m.group() * m.bits() / 8;
      others(m.bits(), at, m.group(), scale, bias, to + 4L * g * m.group());
    }
  }

  private static void group(int bits, long at, int count, float scale, float bias, long to) {
    switch (bits) {
      case 2 -> twos(at, count, all(scale), all(bias), to);
      case 4 -> fours(at, count, all(scale), all(bias), to);
      case 8 -> eights(at, count, all(scale), all(bias), to);
      default -> others(bits, at, count, scale, bias, to);
    }
  }

  private static void twos(long at, int count, FloatVector scale, FloatVector bias, long to) {
    for (int i = 0; i < count; i += 16, at += 4) {
      IntVector word = IntVector.broadcast(I, Raw.getInt(at));
      for (int part = 0; part < 16; part += LANES) {
        IntVector code = word.lanewise(VectorOperators.LSHR, SHIFT2.add(2 * part)).and(3);
        put(code, scale, bias, to + 4L * (i + part));
      }
    }
  }

  private static void fours(long at, int count, FloatVector scale, FloatVector bias, long to) {
    if (LANES == 16) {
      for (int i = 0; i < count; i += 16, at += 8) {
        IntVector first = IntVector.broadcast(I, Raw.getInt(at));
        IntVector both = first.blend(Raw.getInt(at + 4), UPPER);
        put(both.lanewise(VectorOperators.LSHR, SHIFT4).and(15), scale, bias, to + 4L * i);
      }
      return;
    }
    for (int i = 0; i < count; i += 8, at += 4) {
      IntVector word = IntVector.broadcast(I, Raw.getInt(at));
      for (int part = 0; part < 8; part += LANES) {
        IntVector code = word.lanewise(VectorOperators.LSHR, SHIFT4.add(4 * part)).and(15);
        put(code, scale, bias, to + 4L * (i + part));
      }
    }
  }

  private static void eights(long at, int count, FloatVector scale, FloatVector bias, long to) {
    if (LANES == 4) {
      for (int i = 0; i < count; i += 4, at += 4) {
        IntVector word = IntVector.broadcast(I, Raw.getInt(at));
        put(word.lanewise(VectorOperators.LSHR, SHIFT8).and(255), scale, bias, to + 4L * i);
      }
      return;
    }
    for (int i = 0; i < count; i += LANES, at += LANES) {
      var bytes = ByteVector.fromMemorySegment(B, Raw.ALL, at, Raw.ORDER);
      var code = (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
      put(code, scale, bias, to + 4L * i);
    }
  }

  private static void put(IntVector code, FloatVector scale, FloatVector bias, long to) {
    Raw.store(((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(scale).add(bias), to);
  }

  private static void others(int bits, long at, int count, float scale, float bias, long to) {
    int mask = (1 << bits) - 1;
    long window = 0;
    int held = 0;
    for (int i = 0; i < count; i++) {
      if (held < bits) {
        window |= Integer.toUnsignedLong(Raw.getInt(at)) << held;
        held += 32;
        at += 4;
      }
      Raw.put(to + 4L * i, ((int) window & mask) * scale + bias);
      window >>>= bits;
      held -= bits;
    }
  }
}
