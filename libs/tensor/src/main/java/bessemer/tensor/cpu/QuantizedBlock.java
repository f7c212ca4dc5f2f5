package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.DType;
import jdk.incubator.vector.FloatVector;

/// Columns of a quantized matrix times all prepared rows of [QuantizedRows].
final class QuantizedBlock {
  private final Matrix.Packed m;
  private final QuantizedRows.Prepared rows;
  private final int groups;
  private final int vectors; // of words in a row
  private final float[] scales; // of each lane
  private final float[] sums = new float[2 * LANES];
  private final long groupScales;
  private final long biases;

  QuantizedBlock(Matrix.Packed m, QuantizedRows.Prepared rows, Scratch own) {
    this.m = m;
    this.rows = rows;
    groups = m.groups();
    vectors = m.inner() * m.bits() / (32 * LANES);
    scales = new float[vectors * LANES];
    groupScales = own.take(8L * groups);
    biases = groupScales + 4L * groups;
  }

  void run(long column, Gemm.Result out) {
    Half.toFloats(m.type(), m.scale(column), groupScales, groups);
    Half.toFloats(m.type(), m.bias(column), biases, groups);
    spread();
    int row = 0;
    for (; m.bits() == 8 && row + 2 <= rows.count(); row += 2) {
      two(m.row(column), row);
      finish(0, row, out.at(row, column));
      finish(LANES, row + 1, out.at(row + 1, column));
    }
    for (; row < rows.count(); row++) {
      one(m.row(column), row);
      finish(0, row, out.at(row, column));
    }
  }

  /// A sum of codes, with what the biases add.
  private void finish(int at, int row, long to) {
    long x = rows.sums() + 4L * row * groups;
    float added = DenseRows.one(DType.F32, x, biases, groups);
    Raw.put(to, Raw.sum(FloatVector.fromArray(F, sums, at)) + added);
  }

  private void one(long words, int row) {
    int at = row * m.inner();
    if (m.bits() == 4) {
      CodeLoops.four(words, rows.planes(), at, scales, vectors, sums);
    } else {
      CodeLoops.eight(words, rows.planes(), at, scales, vectors, sums);
    }
  }

  private void two(long words, int row) {
    int step = m.inner();
    CodeLoops.eightTwice(words, rows.planes(), row * step, step, scales, vectors, sums);
  }

  /// Scales of groups as scales of lanes; the usual groups fill one vector or two.
  private void spread() {
    int lanes = m.group() * m.bits() / 32; // of a group
    if (lanes == LANES) {
      for (int g = 0; g < groups; g++) {
        scale(g).intoArray(scales, g * LANES);
      }
    } else if (lanes == 2 * LANES) {
      for (int g = 0; g < groups; g++) {
        FloatVector scale = scale(g);
        scale.intoArray(scales, 2 * g * LANES);
        scale.intoArray(scales, (2 * g + 1) * LANES);
      }
    } else {
      for (int lane = 0; lane < scales.length; lane++) {
        scales[lane] = Raw.get(groupScales + 4L * (lane / lanes));
      }
    }
  }

  private FloatVector scale(int group) {
    return Raw.all(Raw.get(groupScales + 4L * group));
  }
}
