package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;

import bessemer.tensor.DType;

/// Some columns of a quantized matrix times all prepared rows of [QuantizedRows].
final class QuantizedBlock {
  static final int COLUMNS = 4;
  private static final int ROWS = 4;

  private final Matrix.Packed m;
  private final long prepared;
  private final int rows;
  private final int groups;
  private final int vectors; // of words in a row
  private final boolean byLane; // scales for each lane, not for each vector
  private final long step; // bytes of scales for a column
  private final long scales;
  private final long biases;
  private final long spare;
  private final long sums; // of the groups of each row
  private final long result;

  QuantizedBlock(Matrix.Packed m, long prepared, int rows, Scratch own) {
    this.m = m;
    this.prepared = prepared;
    this.rows = rows;
    groups = m.groups();
    vectors = m.inner() * m.bits() / (32 * LANES);
    byLane = rows >= ROWS || m.group() * m.bits() < 32 * LANES;
    step = (byLane ? WIDTH : 4L) * vectors;
    scales = own.take(COLUMNS * (step + 4L * groups) + 4L * groups + 4 * ROWS);
    biases = scales + COLUMNS * step;
    spare = biases + 4L * COLUMNS * groups;
    result = spare + 4L * groups;
    sums = prepared + 4L * rows * m.inner();
  }

  /// `count` columns from `column` on: one, or [#COLUMNS].
  void run(long column, int count, Gemm.Result out) {
    for (int i = 0; i < count; i++) {
      Half.toFloats(m.type(), m.scale(column + i), spare, groups);
      spread(scales + i * step);
      Half.toFloats(m.type(), m.bias(column + i), biases + 4L * i * groups, groups);
    }
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) {
      for (int i = 0; i < count; i++) {
        rows(m.row(column + i), row, scales + i * step);
        for (int r = 0; r < ROWS; r++) {
          finish(r, row + r, i, out.at(row + r, column + i));
        }
      }
    }
    for (; row < rows; row++) {
      columns(column, count, prepared + 4L * row * m.inner());
      for (int i = 0; i < count; i++) {
        finish(i, row, i, out.at(row, column + i));
      }
    }
  }

  /// A sum of codes, with what the biases add.
  private void finish(int sum, int row, int column, long to) {
    long weights = biases + 4L * column * groups;
    float added = DenseRows.one(DType.F32, sums + 4L * row * groups, weights, groups);
    Raw.put(to, Raw.get(result + 4L * sum) + added);
  }

  private void rows(long words, int row, long scale) {
    long rowBytes = 4L * m.inner();
    if (m.bits() == 4) {
      CodeLoops.fourRows(words, prepared + row * rowBytes, rowBytes, scale, vectors, result);
    } else {
      CodeLoops.eightRows(words, prepared + row * rowBytes, rowBytes, scale, vectors, result);
    }
  }

  /// A single column is computed four times over.
  private void columns(long column, int count, long x) {
    long words = m.row(column);
    long next = count == 1 ? 0 : m.rowBytes();
    long scale = count == 1 ? 0 : step;
    if (m.bits() == 4 && byLane) {
      CodeLoops.fourByLane(words, next, x, scales, scale, vectors, result);
    } else if (m.bits() == 4) {
      CodeLoops.four(words, next, x, scales, scale, vectors, result);
    } else if (byLane) {
      CodeLoops.eightByLane(words, next, x, scales, scale, vectors, result);
    } else {
      CodeLoops.eight(words, next, x, scales, scale, vectors, result);
    }
  }

  /// Scales of groups as scales of vectors of words, or of their lanes.
  private void spread(long to) {
    int perLane = 32 / m.bits();
    int repeat = m.group() / perLane; // lanes of a group
    if (!byLane) {
      for (int v = 0; v < vectors; v++) {
        Raw.put(to + 4L * v, Raw.get(spare + 4L * (v * LANES / repeat)));
      }
    } else if (repeat >= LANES) {
      for (int v = 0; v < vectors; v++) {
        long scale = spare + 4L * (v * LANES / repeat);
        Raw.store(Raw.all(Raw.get(scale)), to + (long) v * WIDTH);
      }
    } else {
      for (int lane = 0; lane < vectors * LANES; lane++) {
        Raw.put(to + 4L * lane, Raw.get(spare + 4L * (lane / repeat)));
      }
    }
  }
}
