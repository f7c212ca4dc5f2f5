package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.cpu.DenseKernels.Lines;

/// Copies blocks of matrices into the order that the tiles of [JavaDense] read: one inner place
/// after the other, each with a few rows of the left or a few columns of the right side.
final class Panels {
  private static final int BLOCK = 16;

  private Panels() {}

  static void strips(Lines rows, int strip, long to, long spare) {
    for (int i = 0; i < rows.count(); i += strip, to += 4L * strip * rows.depth()) {
      for (int r = 0; r < strip; r++) {
        if (i + r >= rows.count()) {
          zeros(to + 4L * r, 4L * strip, rows.depth());
        } else {
          long at = line(rows.type(), rows.line(i + r), rows.along(), rows.depth(), spare);
          scatter(at, to + 4L * r, 4L * strip, rows.depth());
        }
      }
    }
  }

  static void panels(Lines columns, int panel, long to, long step, long spare) {
    for (int j = 0; j < columns.count(); j += panel, to += step) {
      int width = Math.min(panel, columns.count() - j);
      for (int c = width; c < panel; c++) {
        zeros(to + 4L * c, 4L * panel, columns.depth());
      }
      panel(columns, j, width, panel, to, spare);
    }
  }

  private static void panel(Lines m, int from, int width, int panel, long to, long spare) {
    int depth = m.depth();
    if (m.across() == 1) {
      for (int k = 0; k < depth; k++) {
        long at = m.line(from) + k * m.along() * m.type().bytes();
        Half.toFloats(m.type(), at, to + 4L * k * panel, width);
      }
    } else if (m.type() == DType.F32 && m.along() == 1) {
      transpose(m.line(from), 4 * m.across(), width, panel, depth, to);
    } else {
      for (int c = 0; c < width; c++) {
        copyLine(m.type(), m.line(from + c), m.along(), depth, spare + 4L * c * depth);
      }
      transpose(spare, 4L * depth, width, panel, depth, to);
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
