package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.DType;

/// Products of many rows: both sides are copied, block by block, into the order in which the
/// innermost loop reads them. A quantized right side is unpacked on the way.
///
/// Sums are of floats, over `inner` in order within blocks of [#INNER], the same wherever a caller
/// cuts the result into tasks.
final class Gemm {
  private static final boolean WIDE = LANES != 8; // 32 registers
  static final int ROWS = 6;
  static final int COLUMNS = (WIDE ? 4 : 2) * LANES;
  private static final int INNER = 512;
  private static final int ROW_BLOCK = 16 * ROWS;
  private static final int COLUMN_BLOCK = 512;

  /// The left side `[rows, inner]`, steps in elements.
  record Left(DType type, long address, long rowStep, long innerStep) {
    long at(long row, long k) {
      return address + (row * rowStep + k * innerStep) * type.bytes();
    }
  }

  /// The result `[rows, columns]` of floats, columns beside each other.
  record Result(long address, long rowStep) {
    long at(long row, long column) {
      return address + 4 * (row * rowStep + column);
    }
  }

  private Gemm() {}

  /// Columns in a task when the work is spread over so many threads.
  static int columnsOfTask(long rows, long columns, int threads) {
    long share = (columns + 2L * threads - 1) / (2L * threads);
    long panels = Math.clamp((share + COLUMNS - 1) / COLUMNS, 1, COLUMN_BLOCK / COLUMNS);
    return (int) panels * COLUMNS;
  }

  /// The columns `from` to before `to`, at most [#COLUMN_BLOCK], of the product.
  static void columns(
      Left left, Matrix right, Result out, int rows, int inner, long from, long to, Scratch own) {
    int columns = (int) (to - from);
    int panels = (columns + COLUMNS - 1) / COLUMNS;
    long rightBytes = 4L * INNER * panels * COLUMNS;
    long leftBytes = 4L * INNER * ROW_BLOCK;
    long tileBytes = 4L * ROWS * COLUMNS;
    long packed = own.take(rightBytes + leftBytes + tileBytes + 4L * INNER * (COLUMNS + 2));
    long strips = packed + rightBytes;
    long tile = strips + leftBytes;
    long spare = tile + tileBytes;
    for (int row = 0; row < rows; row++) {
      Raw.clear(out.at(row, from), 4L * columns);
    }
    for (int k = 0; k < inner; k += INNER) {
      int depth = Math.min(INNER, inner - k);
      for (int panel = 0; panel < panels; panel++) {
        int width = Math.min(COLUMNS, columns - panel * COLUMNS);
        long at = packed + 4L * panel * COLUMNS * INNER;
        Panels.right(right, from + (long) panel * COLUMNS, width, COLUMNS, k, depth, at, spare);
      }
      for (int row = 0; row < rows; row += ROW_BLOCK) {
        int height = Math.min(ROW_BLOCK, rows - row);
        Panels.left(left, row, height, ROWS, k, depth, strips, spare);
        var block = new Block(row, height, from, columns);
        block(strips, packed, depth, out, block, tile);
      }
    }
  }

  private record Block(int row, int height, long column, int width) {}

  private static void block(
      long strips, long panels, int depth, Result out, Block block, long tile) {
    long step = 4 * out.rowStep;
    for (int j = 0; j < block.width; j += COLUMNS) {
      long b = panels + 4L * j * INNER;
      for (int i = 0; i < block.height; i += ROWS) {
        long a = strips + 4L * i * depth;
        long c = out.at(block.row + i, block.column + j);
        if (i + ROWS <= block.height && j + COLUMNS <= block.width) {
          tile(a, b, 4L * COLUMNS, c, step, depth);
        } else {
          Raw.clear(tile, 4L * ROWS * COLUMNS);
          tile(a, b, 4L * COLUMNS, tile, 4L * COLUMNS, depth);
          int rows = Math.min(ROWS, block.height - i);
          edge(tile, c, step, rows, Math.min(COLUMNS, block.width - j));
        }
      }
    }
  }

  static void tile(long a, long b, long bStep, long c, long cStep, int depth) {
    if (WIDE) {
      Tile6x4.run(a, b, bStep, c, cStep, depth);
    } else {
      Tile6x2.run(a, b, bStep, c, cStep, depth);
    }
  }

  private static void edge(long tile, long c, long step, int rows, int width) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < width; j++) {
        long at = c + i * step + 4L * j;
        Raw.put(at, Raw.get(at) + Raw.get(tile + 4L * (i * COLUMNS + j)));
      }
    }
  }
}
