package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;

import bessemer.tensor.DType;
import bessemer.tensor.Quantization;

/// Products of a few rows of floats with a quantized matrix that is read once, as it lies: `sum of
/// scale * (sum of code * x) + bias * (sum of x)` over the groups. Exact activations, sums of
/// floats.
final class QuantizedRows {
  private QuantizedRows() {}

  /// Whether the loops for whole vectors of words take it; otherwise rows are unpacked first.
  static boolean direct(Quantization q, int inner) {
    return (q.bits() == 4 || q.bits() == 8) && inner % (LANES * 32 / q.bits()) == 0;
  }

  /// Bytes that [#prepare] fills for so many rows.
  static long preparedBytes(Quantization q, int inner, int rows) {
    return 4L * rows * (inner + inner / q.group());
  }

  /// The rows in planes, one after the other, then the sums of their groups.
  static void prepare(Quantization q, long x, int inner, int rows, long to) {
    long sums = to + 4L * rows * inner;
    int groups = inner / q.group();
    for (int row = 0; row < rows; row++) {
      long from = x + 4L * row * inner;
      for (int g = 0; g < groups; g++) {
        Raw.put(sums + 4L * (row * groups + g), sum(from + 4L * g * q.group(), q.group()));
      }
      planes(q.bits(), from, inner, to + 4L * row * inner);
    }
  }

  private static float sum(long at, int count) {
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Raw.get(at + 4L * i);
    }
    return sum;
  }

  private static void planes(int bits, long from, int inner, long to) {
    int places = 32 / bits;
    for (int i = 0; i < inner; i += LANES * places, to += (long) places * WIDTH) {
      for (int place = 0; place < places; place++) {
        float factor = 1f / (1 << place * bits % 16);
        for (int lane = 0; lane < LANES; lane++) {
          float x = Raw.get(from + 4L * (i + lane * places + place));
          Raw.put(to + (long) place * WIDTH + 4L * lane, x * factor);
        }
      }
    }
  }

  /// Columns `first` to before `last` of the product of prepared rows.
  static void columns(
      Matrix.Packed m,
      long prepared,
      int rows,
      Gemm.Result out,
      long first,
      long last,
      Scratch own) {
    int inner = m.inner();
    int groups = m.groups();
    int vectors = inner * m.bits() / (32 * LANES);
    long scales = own.take(2L * vectors * WIDTH + 8L * groups + 4L * groups + 64);
    long biases = scales + 2L * vectors * WIDTH;
    long spare = biases + 8L * groups;
    long sums = prepared + 4L * rows * inner;
    long result = spare + 4L * groups;
    boolean mixed = m.group() * m.bits() < 32 * LANES;
    for (long column = first; column < last; ) {
      boolean pair = column + 2 <= last;
      int many = pair ? 2 : 1;
      boolean byLane = mixed || rows >= 4 || !pair;
      long step = byLane ? (long) vectors * WIDTH : 4L * vectors;
      for (int i = 0; i < many; i++) {
        Half.toFloats(m.type(), m.scale(column + i), spare, groups);
        spread(spare, m, vectors, byLane, scales + i * step);
        Half.toFloats(m.type(), m.bias(column + i), biases + 4L * i * groups, groups);
      }
      int row = 0;
      for (; row + 4 <= rows; row += 4) {
        for (int i = 0; i < many; i++) {
          rows(m, column + i, prepared, row, scales + i * step, vectors, result);
          for (int r = 0; r < 4; r++) {
            long bias = biases + 4L * i * groups;
            float shift = DenseRows.one(DType.F32, sums + 4L * (row + r) * groups, bias, groups);
            Raw.put(out.at(row + r, column + i), Raw.get(result + 4L * r) + shift);
          }
        }
      }
      for (; row < rows; row++) {
        long x = prepared + 4L * row * inner;
        pair(m, column, pair, x, scales, step, vectors, byLane, result);
        for (int i = 0; i < many; i++) {
          long bias = biases + 4L * i * groups;
          float shift = DenseRows.one(DType.F32, sums + 4L * row * groups, bias, groups);
          Raw.put(out.at(row, column + i), Raw.get(result + 4L * i) + shift);
        }
      }
      column += many;
    }
  }

  /// Scales of groups as scales of vectors of words, or of their lanes.
  private static void spread(long groups, Matrix.Packed m, int vectors, boolean byLane, long to) {
    int perLane = 32 / m.bits();
    if (!byLane) {
      int repeat = m.group() / (perLane * LANES);
      for (int v = 0; v < vectors; v++) {
        Raw.put(to + 4L * v, Raw.get(groups + 4L * (v / repeat)));
      }
    } else if (m.group() >= perLane * LANES) {
      int repeat = m.group() / (perLane * LANES);
      for (int v = 0; v < vectors; v++) {
        Raw.store(all(Raw.get(groups + 4L * (v / repeat))), to + (long) v * WIDTH);
      }
    } else {
      for (int lane = 0; lane < vectors * LANES; lane++) {
        Raw.put(to + 4L * lane, Raw.get(groups + 4L * (lane * perLane / m.group())));
      }
    }
  }

  private static void pair(
      Matrix.Packed m,
      long column,
      boolean pair,
      long x,
      long scales,
      long step,
      int vectors,
      boolean byLane,
      long to) {
    long row = m.row(column);
    long next = pair ? m.rowBytes() : 0;
    long nextScales = pair ? step : 0;
    if (m.bits() == 4) {
      if (byLane) {
        CodeLoops.fourPairMixed(row, next, x, scales, nextScales, vectors, to);
      } else {
        CodeLoops.fourPair(row, next, x, scales, nextScales, vectors, to);
      }
    } else if (byLane) {
      CodeLoops.eightPairMixed(row, next, x, scales, nextScales, vectors, to);
    } else {
      CodeLoops.eightPair(row, next, x, scales, nextScales, vectors, to);
    }
  }

  private static void rows(
      Matrix.Packed m, long column, long prepared, int row, long scales, int vectors, long to) {
    long step = 4L * m.inner();
    long x = prepared + row * step;
    if (m.bits() == 4) {
      CodeLoops.fourRows(m.row(column), x, step, scales, vectors, to);
    } else {
      CodeLoops.eightRows(m.row(column), x, step, scales, vectors, to);
    }
  }

  /// The same for any bits and widths, and plain rows: each column is unpacked, then multiplied.
  static void unpackedColumns(
      Matrix.Packed m, long x, int rows, Gemm.Result out, long first, long last, Scratch own) {
    int inner = m.inner();
    long weights = own.take(4L * inner + Codes.scratchBytes(m, inner));
    for (long column = first; column < last; column++) {
      Codes.row(m, column, 0, inner, weights, weights + 4L * inner);
      long to = out.at(0, column);
      DenseRows.dot(DType.F32, x, 4L * inner, rows, weights, inner, to, 4 * out.rowStep());
    }
  }
}
