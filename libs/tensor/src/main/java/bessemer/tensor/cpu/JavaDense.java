package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.DType;

/// Products of floats by the Vector API.
final class JavaDense implements DenseKernels {
  private static final int FEW = 8;
  private static final boolean WIDE = LANES != 8; // 32 registers
  private static final int COLUMNS = (WIDE ? 4 : 2) * LANES;

  @Override
  public int few() {
    return FEW;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public long lay(Device device, DenseRows.Rows x, int matrices, DType weights) {
    return x.at();
  }

  @Override
  public void fewRows(
      DenseRows.Rows x, Matrix.Dense m, Gemm.Result out, long from, long to, Scratch own) {
    long scratch = own.take(DenseRows.scratchBytes(m.type(), x.inner()));
    for (long column = from; column < to; column++) {
      DenseRows.dot(x, m.type(), m.at(column, 0), out.at(0, column), 4 * out.rowStep(), scratch);
    }
  }

  @Override
  public void strips(Lines rows, long to, long spare) {
    Panels.strips(rows, Gemm.ROWS, to, spare);
  }

  @Override
  public void panels(Lines columns, long to, long step, long spare) {
    Panels.panels(columns, COLUMNS, to, step, spare);
  }

  @Override
  public void multiply(Packs packs, Gemm.Result out, Size size, long tile) {
    long step = 4 * out.rowStep();
    long b = packs.panels();
    for (int j = 0; j < size.columns(); j += COLUMNS, b += packs.panelStep()) {
      for (int i = 0; i < size.rows(); i += Gemm.ROWS) {
        long a = packs.strips() + 4L * i * packs.depth();
        long c = out.at(i, j);
        int rows = Math.min(Gemm.ROWS, size.rows() - i);
        int columns = Math.min(COLUMNS, size.columns() - j);
        if (!size.add()) {
          clear(c, step, rows, columns);
        }
        if (rows == Gemm.ROWS && columns == COLUMNS) {
          tile(a, b, c, step, packs.depth());
        } else {
          Raw.clear(tile, 4L * Gemm.ROWS * COLUMNS);
          tile(a, b, tile, 4L * COLUMNS, packs.depth());
          edge(tile, c, step, rows, columns);
        }
      }
    }
  }

  /// Adds the product of a strip and a panel.
  static void tile(long a, long b, long c, long cStep, int depth) {
    if (WIDE) {
      Tile6x4.run(a, b, 4L * COLUMNS, c, cStep, depth);
    } else {
      Tile6x2.run(a, b, 4L * COLUMNS, c, cStep, depth);
    }
  }

  private static void clear(long c, long step, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        Raw.put(c + i * step + 4L * j, 0);
      }
    }
  }

  private static void edge(long tile, long c, long step, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        long at = c + i * step + 4L * j;
        Raw.put(at, Raw.get(at) + Raw.get(tile + 4L * (i * COLUMNS + j)));
      }
    }
  }
}
