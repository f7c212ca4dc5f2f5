package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.cpu.DenseKernels.Lines;
import bessemer.tensor.cpu.DenseKernels.Packs;
import bessemer.tensor.cpu.DenseKernels.Size;

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
  private final long wide; // [keys][width] of what is stored as int8
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
    int panel = job.kernels().columns();
    this.padded = (width + panel - 1) / panel * panel;
    high = (rows + Gemm.ROWS - 1) / Gemm.ROWS * Gemm.ROWS;
    int across = Math.max(padded, (keys + panel - 1) / panel * panel);
    long floats =
        (long) high * (2L * keys + 2L * padded + 2) + (long) Math.max(keys, width) * across;
    long spares = (long) panel * (Gemm.ROWS + Math.max(keys, width));
    floats += spares + (job.k().spec.dtype() == DType.I8 ? (long) keys * width : 0);
    queries = own.take(4 * floats);
    scores = queries + 4L * high * padded;
    weights = scores + 4L * high * keys;
    sums = weights + 4L * high * keys;
    tops = sums + 4L * high * padded;
    totals = tops + 4L * high;
    panels = totals + 4L * high;
    spare = panels + 4L * Math.max(keys, width) * across;
    wide = spare + 4L * spares;
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
    View k = job.k();
    long at = at(k, key, count);
    long step = step(k) * type(k).bytes();
    var left = new DenseRows.Rows(queries, rows, width);
    for (int i = 0; i < count; i++, at += step) {
      DenseRows.dot(left, type(k), at, scores + 4L * i, 4L * keys, spare);
    }
  }

  void scoresByTiles(long key, int count) {
    View k = job.k();
    multiply(
        new Lines(type(k), at(k, key, count), step(k), 1, count, width),
        queries,
        new Gemm.Result(scores, keys),
        false);
  }

  /// Keys or values of a block where they lie; int8 as floats.
  private long at(View x, long key, int count) {
    long at = AttentionTask.Job.key(x, batch, head, key);
    if (x.spec.dtype() != DType.I8) {
      return at;
    }
    Stored.widen(at, x.stride(2), count, width, wide);
    return wide;
  }

  /// Elements from one key to the next, of those at [#at].
  private long step(View x) {
    return x.spec.dtype() == DType.I8 ? width : x.stride(2);
  }

  private static DType type(View x) {
    return x.spec.dtype() == DType.I8 ? DType.F32 : x.spec.dtype();
  }

  /// Strips times columns that are copied as panels first.
  private void multiply(Lines columns, long strips, Gemm.Result out, boolean add) {
    DenseKernels kernels = job.kernels();
    long step = 4L * kernels.columns() * columns.depth();
    kernels.panels(columns, panels, step, spare);
    kernels.multiply(
        new Packs(strips, panels, step, columns.depth()),
        out,
        new Size(rows, columns.count(), add),
        spare);
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
  }

  void addByRows(long key, int count) {
    DType type = type(job.v());
    long values = at(job.v(), key, count);
    long step = step(job.v()) * type.bytes();
    if (type != DType.F32) {
      for (int i = 0; i < count; i++) {
        Half.toFloats(type, values + i * step, panels + 4L * i * width, width);
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
    View v = job.v();
    long at = at(v, key, count);
    job.kernels().strips(new Lines(DType.F32, scores, keys, 1, rows, count), weights, spare);
    multiply(
        new Lines(type(v), at, 1, step(v), width, count),
        weights,
        new Gemm.Result(sums, padded),
        true);
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
