package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.cpu.DenseKernels.Lines;
import bessemer.tensor.cpu.DenseKernels.Packs;
import bessemer.tensor.cpu.DenseKernels.Size;

/// Products of many rows: both sides are copied, block by block, into the order in which the
/// innermost loop reads them. A quantized right side is unpacked on the way.
///
/// Sums are of floats, over `inner` in order within blocks of [#INNER], the same wherever a caller
/// cuts the result into tasks.
final class Gemm {
  static final int ROWS = 6;
  private static final int INNER = 512;
  private static final int ROW_BLOCK = 12 * ROWS; // with INNER a quarter of a second-level cache
  private static final int COLUMN_BLOCK = 512;
  private static final int TASKS_PER_THREAD = 2;

  /// The left side `[rows, inner]`, steps in elements.
  record Left(DType type, long address, long rowStep, long innerStep) {
    long at(long row, long k) {
      return address + (row * rowStep + k * innerStep) * type.bytes();
    }
  }

  /// The result `[rows, columns]` of floats, columns beside each other.
  ///
  /// @param bias address of a row that is added to each; 0 if there is none
  record Result(long address, long rowStep, long bias) {
    Result(long address, long rowStep) {
      this(address, rowStep, 0);
    }

    long at(long row, long column) {
      return address + 4 * (row * rowStep + column);
    }

    /// Adds the bias to a part that is otherwise done.
    void finish(Part part, Loops loops) {
      for (int row = part.row; bias != 0 && row < part.lastRow; row++) {
        loops.addTo(bias + 4 * part.column, at(row, part.column), part.columns());
      }
    }
  }

  /// Rows and columns of a result, to before the last.
  record Part(int row, int lastRow, long column, long lastColumn) {
    int rows() {
      return lastRow - row;
    }

    int columns() {
      return (int) (lastColumn - column);
    }
  }

  /// How a result is cut into tasks: as wide as they are useful, and between rows too where there
  /// would be too few of them.
  record Cut(int rows, long columns, int rowsOfTask, int columnsOfTask) {
    static Cut of(int rows, long columns, long matrices, Device device) {
      int panel = device.kernels().columns();
      long wanted = device.threads() == 1 ? 1 : (long) TASKS_PER_THREAD * device.threads();
      long share = (columns + wanted - 1) / wanted;
      long panels = Math.clamp((share + panel - 1) / panel, 1, COLUMN_BLOCK / panel);
      panels = Math.max(panels, Math.min(4, (columns + panel - 1) / panel));
      long tasks = Math.max(1, matrices * ((columns + panels * panel - 1) / (panels * panel)));
      long cuts = Math.clamp((wanted + tasks - 1) / tasks, 1, Math.max(1, rows / ROW_BLOCK));
      long height = Math.max(1, (rows + cuts - 1) / cuts);
      return new Cut(rows, columns, (int) (height + ROWS - 1) / ROWS * ROWS, (int) panels * panel);
    }

    long tasks() {
      return across() * ((rows + rowsOfTask - 1) / rowsOfTask);
    }

    private long across() {
      return (columns + columnsOfTask - 1) / columnsOfTask;
    }

    Part part(long task) {
      int row = (int) (task / across()) * rowsOfTask;
      long column = task % across() * columnsOfTask;
      return new Part(
          row, Math.min(rows, row + rowsOfTask), column, Math.min(columns, column + columnsOfTask));
    }
  }

  private final DenseKernels kernels;
  private final Left left;
  private final Matrix right;
  private final Result out;
  private final int inner;

  Gemm(DenseKernels kernels, Left left, Matrix right, Result out, int inner) {
    this.kernels = kernels;
    this.left = left;
    this.right = right;
    this.out = out;
    this.inner = inner;
  }

  /// A part of the product, of at most [#COLUMN_BLOCK] columns.
  void part(Part part, Scratch own) {
    int panel = kernels.columns();
    int panels = (part.columns() + panel - 1) / panel;
    long rightBytes = 4L * INNER * panels * panel;
    long leftBytes = 4L * INNER * ROW_BLOCK;
    long tileBytes = 4L * ROWS * panel;
    long packed = own.take(rightBytes + leftBytes + tileBytes + 4L * INNER * (panel + 2));
    long strips = packed + rightBytes;
    long tile = strips + leftBytes;
    long spare = tile + tileBytes;
    for (int k = 0; k < inner; k += INNER) {
      int depth = Math.min(INNER, inner - k);
      pack(part, k, depth, packed, spare);
      for (int row = part.row; row < part.lastRow; row += ROW_BLOCK) {
        int height = Math.min(ROW_BLOCK, part.lastRow - row);
        long at = left.at(row, k);
        kernels.strips(
            new Lines(left.type, at, left.rowStep, left.innerStep, height, depth), strips, spare);
        kernels.multiply(
            new Packs(strips, packed, 4L * panel * depth, depth),
            new Result(out.at(row, part.column), out.rowStep),
            new Size(height, part.columns(), k > 0),
            tile);
      }
    }
    if (inner == 0) {
      for (int row = part.row; row < part.lastRow; row++) {
        Raw.clear(out.at(row, part.column), 4L * part.columns());
      }
    }
  }

  private void pack(Part part, int k, int depth, long to, long spare) {
    int panel = kernels.columns();
    long step = 4L * panel * depth;
    switch (right) {
      case Matrix.Dense d -> {
        long at = d.at(part.column, k);
        kernels.panels(
            new Lines(d.type(), at, d.columnStep(), d.innerStep(), part.columns(), depth),
            to,
            step,
            spare);
      }
      case Matrix.Int8 m -> {
        for (int j = 0; j < part.columns(); j += panel, to += step) {
          int width = Math.min(panel, part.columns() - j);
          for (int c = 0; c < width; c++) {
            m.widen(part.column + j + c, k, depth, spare + 4L * c * depth);
          }
          kernels.panels(new Lines(DType.F32, spare, depth, 1, width, depth), to, step, spare);
        }
      }
      case Matrix.Packed p -> {
        long scratch = spare + 4L * panel * depth;
        for (int j = 0; j < part.columns(); j += panel, to += step) {
          int width = Math.min(panel, part.columns() - j);
          for (int c = 0; c < width; c++) {
            Codes.row(p, part.column + j + c, k, depth, spare + 4L * c * depth, scratch);
          }
          kernels.panels(new Lines(DType.F32, spare, depth, 1, width, depth), to, step, spare);
        }
      }
    }
  }
}
