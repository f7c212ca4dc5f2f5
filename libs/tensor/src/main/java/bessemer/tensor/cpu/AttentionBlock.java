package bessemer.tensor.cpu;

import bessemer.tensor.DType;

/// The state of some rows of an attention while blocks of keys pass by.
final class AttentionBlock {
  private final AttentionTask.Job job;
  private final long batch;
  private final long head;
  private final int first;
  private final int rows;
  private final int high; // rows in whole strips
  private final int keys;
  private final int width;
  private final int padded; // the width in whole panels
  private final long queries; // strips [width][6], or rows
  private final long scores; // [rows][keys]
  private final long weights; // strips [keys][6]
  private final long sums; // [rows][padded]
  private final long tops; // [rows]
  private final long totals; // [rows]
  private final long panels; // of keys or values
  private final long spare;

  AttentionBlock(
      AttentionTask.Job job, long batch, long head, int first, int last, Scratch own, int keys) {
    this.job = job;
    this.batch = batch;
    this.head = head;
    this.first = first;
    this.rows = last - first;
    this.keys = keys;
    this.width = job.width();
    this.padded = (width + Gemm.COLUMNS - 1) / Gemm.COLUMNS * Gemm.COLUMNS;
    high = (rows + Gemm.ROWS - 1) / Gemm.ROWS * Gemm.ROWS;
    long floats = (long) high * (2L * keys + 2L * padded + 2) + 2L * keys * padded;
    floats += (long) (Gemm.COLUMNS + 2) * Math.max(keys, width);
    queries = own.take(4 * floats);
    scores = queries + 4L * high * padded;
    weights = scores + 4L * high * keys;
    sums = weights + 4L * high * keys;
    tops = sums + 4L * high * padded;
    totals = tops + 4L * high;
    panels = totals + 4L * high;
    spare = panels + 8L * keys * padded;
    start();
  }

  private boolean few() {
    return job.rows() <= 8;
  }

  private void start() {
    Raw.clear(sums, 4L * high * padded);
    Raw.clear(queries, 4L * high * padded);
    Raw.clear(weights, 4L * high * keys);
    for (int i = 0; i < high; i++) {
      Raw.put(tops + 4L * i, Float.NEGATIVE_INFINITY);
      Raw.put(totals + 4L * i, 0);
    }
    for (int row = 0; row < rows; row++) {
      long at = job.at(job.q(), batch, head, first + row);
      long to = few() ? queries + 4L * row * width : strip(queries, row, width);
      for (int e = 0; e < width; e++) {
        Raw.put(to + (few() ? 4L : 24L) * e, Raw.get(at + 4L * e));
      }
    }
  }

  /// The first element of a row in strips of 6 rows.
  private static long strip(long strips, int row, int length) {
    return strips + 24L * (row / Gemm.ROWS) * length + 4L * (row % Gemm.ROWS);
  }

  void scoresByDots(long key, int count) {
    DType type = job.k().spec.dtype();
    var left = new DenseRows.Rows(queries, rows, width);
    for (int i = 0; i < count; i++) {
      long at = AttentionTask.Job.key(job.k(), batch, head, key + i);
      DenseRows.dot(left, type, at, scores + 4L * i, 4L * keys, spare);
    }
  }

  void scoresByTiles(long key, int count) {
    var k = matrix(key, job.k().stride(2), 1);
    Raw.clear(scores, 4L * high * keys);
    for (int j = 0; j < count; j += Gemm.COLUMNS) {
      int columns = Math.min(Gemm.COLUMNS, count - j);
      Panels.right(k, j, columns, Gemm.COLUMNS, 0, width, panels, spare);
      for (int i = 0; i < rows; i += Gemm.ROWS) {
        long a = queries + 4L * i * width;
        long c = scores + 4L * ((long) i * keys + j);
        Gemm.tile(a, panels, 4L * Gemm.COLUMNS, c, 4L * keys, width);
      }
    }
  }

  private Matrix.Dense matrix(long key, long columnStep, long innerStep) {
    long at = AttentionTask.Job.key(job.k(), batch, head, key);
    return new Matrix.Dense(job.k().spec.dtype(), at, columnStep, innerStep);
  }

  /// Turns the scores of a row into weights, those outside the range into zeros.
  void weigh(int row, int from, int to, int count) {
    long at = scores + 4L * row * keys;
    for (int i = 0; i < count; i++) {
      if (i < from || i >= to) {
        Raw.put(at + 4L * i, 0);
      }
    }
    if (from < to) {
      Logits.scale(at + 4L * from, to - from, job.scale());
      float before = Raw.get(tops + 4L * row);
      float top = Math.max(before, Logits.max(at + 4L * from, to - from));
      float fade = (float) Math.exp(before - top);
      float added = (float) Logits.exponentials(at + 4L * from, top, to - from, at + 4L * from);
      Raw.put(tops + 4L * row, top);
      Raw.put(totals + 4L * row, Raw.get(totals + 4L * row) * fade + added);
      if (fade != 1) {
        Logits.scale(sums + 4L * row * padded, width, fade);
      }
    }
    if (!few()) {
      long strip = strip(weights, row, keys);
      for (int i = 0; i < count; i++) {
        Raw.put(strip + 24L * i, Raw.get(at + 4L * i));
      }
    }
  }

  void addByRows(long key, int count) {
    long values = AttentionTask.Job.key(job.v(), batch, head, key);
    long step = job.v().stride(2) * job.v().spec.dtype().bytes();
    if (job.v().spec.dtype() != DType.F32) {
      for (int i = 0; i < count; i++) {
        Half.toFloats(job.v().spec.dtype(), values + i * step, panels + 4L * i * width, width);
      }
      values = panels;
      step = 4L * width;
    }
    for (int row = 0; row < rows; row++) {
      long out = sums + 4L * row * padded;
      AttentionTask.add(scores + 4L * row * keys, values, step, count, width, out);
    }
  }

  void addByTiles(long key, int count) {
    long at = AttentionTask.Job.key(job.v(), batch, head, key);
    var v = new Matrix.Dense(job.v().spec.dtype(), at, 1, job.v().stride(2));
    for (int j = 0; j < width; j += Gemm.COLUMNS) {
      int columns = Math.min(Gemm.COLUMNS, width - j);
      Panels.right(v, j, columns, Gemm.COLUMNS, 0, count, panels, spare);
      for (int i = 0; i < rows; i += Gemm.ROWS) {
        long a = weights + 4L * i * keys;
        long c = sums + 4L * ((long) i * padded + j);
        Gemm.tile(a, panels, 4L * Gemm.COLUMNS, c, 4L * padded, count);
      }
    }
  }

  void finish() {
    for (int row = 0; row < rows; row++) {
      float total = Raw.get(totals + 4L * row);
      long sum = sums + 4L * row * padded;
      if (total != 0) {
        Logits.scale(sum, width, 1 / total);
      }
      Raw.copy(sum, job.at(job.out(), batch, head, first + row), 4L * width);
    }
  }
}
