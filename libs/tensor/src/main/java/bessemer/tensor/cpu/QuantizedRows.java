package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;

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
        for (int lane = 0; lane < LANES; lane++) {
          float x = Raw.get(from + 4L * (i + lane * places + place));
          Raw.put(to + (long) place * WIDTH + 4L * lane, x);
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
    var block = new QuantizedBlock(m, prepared, rows, own);
    long column = first;
    for (; column + QuantizedBlock.COLUMNS <= last; column += QuantizedBlock.COLUMNS) {
      block.run(column, QuantizedBlock.COLUMNS, out);
    }
    for (; column < last; column++) {
      block.run(column, 1, out);
    }
  }

  /// The same for any bits and widths, and plain rows: each column is unpacked, then multiplied.
  static void unpackedColumns(
      Matrix.Packed m, long x, int rows, Gemm.Result out, long first, long last, Scratch own) {
    int inner = m.inner();
    long weights = own.take(4L * inner + Codes.scratchBytes(m, inner));
    var left = new DenseRows.Rows(x, rows, inner);
    for (long column = first; column < last; column++) {
      Codes.row(m, column, 0, inner, weights, weights + 4L * inner);
      DenseRows.dot(left, DType.F32, weights, out.at(0, column), 4 * out.rowStep(), 0);
    }
  }
}
