package bessemer.tensor.cpu;

import bessemer.tensor.DType;

/// Copies blocks of matrices into the order that the tiles of [Gemm] read: one inner place after
/// the other, each with a few rows of the left or a few columns of the right side.
final class Panels {
  private static final int BLOCK = 16;

  private Panels() {}

  /// Rows `row` to before `row + height` as strips `[inner][strip]`, the last padded with zeros.
  static void left(
      Gemm.Left m, int row, int height, int strip, int k, int depth, long to, long spare) {
    for (int i = 0; i < height; i += strip, to += 4L * strip * depth) {
      int rows = Math.min(strip, height - i);
      for (int r = 0; r < strip; r++) {
        if (r >= rows) {
          zeros(to + 4L * r, 4L * strip, depth);
        } else {
          long at = line(m.type(), m.at(row + i + r, k), m.innerStep(), depth, spare);
          scatter(at, to + 4L * r, 4L * strip, depth);
        }
      }
    }
  }

  /// Columns `column` to before `column + width` as `[inner][panel]`, padded with zeros.
  static void right(
      Matrix m, long column, int width, int panel, int k, int depth, long to, long spare) {
    if (width < panel) {
      for (int c = width; c < panel; c++) {
        zeros(to + 4L * c, 4L * panel, depth);
      }
    }
    switch (m) {
      case Matrix.Dense d when d.columnStep() == 1 -> {
        for (int i = 0; i < depth; i++) {
          Half.toFloats(d.type(), d.at(column, k + i), to + 4L * i * panel, width);
        }
      }
      case Matrix.Dense d when d.type() == DType.F32 && d.innerStep() == 1 ->
          transpose(d.at(column, k), 4 * d.columnStep(), width, panel, depth, to);
      case Matrix.Dense d -> {
        for (int c = 0; c < width; c++) {
          long at = spare + 4L * c * depth;
          copyLine(d.type(), d.at(column + c, k), d.innerStep(), depth, at);
        }
        transpose(spare, 4L * depth, width, panel, depth, to);
      }
      case Matrix.Packed p -> {
        long scratch = spare + 4L * panel * depth;
        for (int c = 0; c < width; c++) {
          Codes.row(p, column + c, k, depth, spare + 4L * c * depth, scratch);
        }
        transpose(spare, 4L * depth, width, panel, depth, to);
      }
    }
  }

  private static void transpose(long at, long step, int width, int panel, int depth, long to) {
    for (int k = 0; k < depth; k += BLOCK) {
      int many = Math.min(BLOCK, depth - k);
      for (int c = 0; c < width; c++) {
        long from = at + c * step + 4L * k;
        scatter(from, to + 4L * ((long) k * panel + c), 4L * panel, many);
      }
    }
  }

  private static void scatter(long from, long to, long step, int count) {
    for (int i = 0; i < count; i++, to += step) {
      Raw.put(to, Raw.get(from + 4L * i));
    }
  }

  private static void zeros(long to, long step, int count) {
    for (int i = 0; i < count; i++, to += step) {
      Raw.put(to, 0);
    }
  }

  /// Where the elements of a line lie as floats beside each other: in place, or copied to `spare`.
  static long line(DType type, long from, long step, int count, long spare) {
    if (type == DType.F32 && step == 1) {
      return from;
    }
    copyLine(type, from, step, count, spare);
    return spare;
  }

  static void copyLine(DType type, long from, long step, int count, long to) {
    if (step == 1) {
      Half.toFloats(type, from, to, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      Raw.put(to + 4L * i, Half.load(type, from + i * step * type.bytes()));
    }
  }
}
