package bessemer.foundry.score;

import java.util.stream.IntStream;

/// Counts of each line, from which a metric scores the line, the corpus or a sample of its lines.
///
/// @param values a row of `width` counts for each line
record Statistics(int width, int[] values) {
  private static final int LINES_AT_ONCE = 64;

  /// Fills the row of a line, which begins at `at`.
  interface Counting {
    void count(Grams grams, int line, int[] values, int at);
  }

  /// Counts on all processors; the counts are the same on one.
  static Statistics of(int lines, int width, Counting counting) {
    int[] values = new int[Math.multiplyExact(lines, width)];
    int parts = (lines + LINES_AT_ONCE - 1) / LINES_AT_ONCE;
    ThreadLocal<Grams> grams = ThreadLocal.withInitial(Grams::new);
    IntStream.range(0, parts)
        .parallel()
        .forEach(part -> {
          int end = Math.min(lines, (part + 1) * LINES_AT_ONCE);
          for (int line = part * LINES_AT_ONCE; line < end; line++) {
            counting.count(grams.get(), line, values, line * width);
          }
        });
    return new Statistics(width, values);
  }

  int lines() {
    return values.length / width;
  }

  /// Of all lines.
  double[] sums() {
    double[] sums = new double[width]; // exact: counts stay far below 2^53
    for (int i = 0; i < values.length; i++) {
      sums[i % width] += values[i];
    }
    return sums;
  }

  /// Of one line.
  double[] row(int line) {
    double[] row = new double[width];
    for (int i = 0; i < width; i++) {
      row[i] = values[line * width + i];
    }
    return row;
  }
}
