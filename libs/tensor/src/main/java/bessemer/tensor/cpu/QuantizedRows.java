package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;

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

  /// Rows in planes, and the sums of their groups, row after row.
  ///
  /// @param sums the address of `[rows, groups]` floats
  record Prepared(float[] planes, long sums, int count) {}

  /// @param planes as long as the rows together, or longer
  static Prepared prepare(Quantization q, DenseRows.Rows x, float[] planes, long sums) {
    int groups = x.inner() / q.group();
    for (int row = 0; row < x.count(); row++) {
      long from = x.at() + row * x.step();
      for (int g = 0; g < groups; g++) {
        long sum = sums + 4L * (row * groups + g);
        Raw.put(sum, Norms.sum(from + 4L * g * q.group(), q.group()));
      }
      planes(q.bits(), from, x.inner(), planes, row * x.inner());
    }
    return new Prepared(planes, sums, x.count());
  }

  private static void planes(int bits, long from, int inner, float[] planes, int at) {
    int places = 32 / bits;
    for (int i = 0; i < inner; i += LANES * places) {
      for (int place = 0; place < places; place++) {
        float factor = 1f / (1 << place * bits % 16);
        for (int lane = 0; lane < LANES; lane++) {
          float x = Raw.get(from + 4L * (i + lane * places + place));
          planes[at + i + place * LANES + lane] = x * factor;
        }
      }
    }
  }

  /// Columns `first` to before `last` of the product of prepared rows.
  static void columns(
      Matrix.Packed m, Prepared rows, Gemm.Result out, long first, long last, Scratch own) {
    var block = new QuantizedBlock(m, rows, own);
    for (long column = first; column < last; column++) {
      block.run(column, out);
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
