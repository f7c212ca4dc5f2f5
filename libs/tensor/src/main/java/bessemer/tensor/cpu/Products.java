package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Quantization;
import bessemer.tensor.Spec;
import org.jspecify.annotations.Nullable;

/// Chooses how a product is computed: few rows stream the right side, many go through blocks.
final class Products {
  private static final int FEW = 8;
  private static final int FEW_QUANTIZED = 24;
  private static final int PANEL = 16; // columns of rounded products that are computed together

  private Products() {}

  /// @param bias address of floats that are added to each row; 0 for none
  static View dense(Device device, View a, View b, boolean transposeB, long bias, Spec spec) {
    int rows = (int) spec.shape().dim(-2);
    long columns = spec.shape().dim(-1);
    int inner = (int) a.spec.shape().dim(-1);
    long matrices = columns * rows == 0 ? 0 : spec.shape().size() / columns / rows;
    boolean shared = b.strides.length == 2;
    if (shared && matrices > 1) {
      a = a.spec.shape().rank() == 2 || rowsInLine(a) ? a : device.dense(a);
      rows = (int) (rows * matrices);
      matrices = 1;
    }
    View out = device.floats(spec);
    long columnStep = b.stride(transposeB ? -2 : -1);
    long innerStep = b.stride(transposeB ? -1 : -2);
    var result = new Gemm.Result(out.address(), columns, bias);
    NativeBf16 halves = device.bf16();
    boolean many = shared && rows > device.kernels().few();
    if (many && halves != null && halves.takes(b.spec.dtype(), innerStep, inner)) {
      var m = new Matrix.Dense(b.spec.dtype(), b.address(), columnStep, innerStep);
      halves.product(
          device, new DenseRows.Rows(device.denseFloats(a).address(), rows, inner), m, result);
      return device.as(spec.dtype(), out);
    }
    boolean streams = rows <= device.kernels().few() && (innerStep == 1 || inner == 1);
    View left = streams ? device.denseFloats(a) : a;
    var right = new Matrix.Dense(b.spec.dtype(), 0, columnStep, innerStep);
    var job = new Job(left, b, right, shared, result, new Size(rows, inner, columns, matrices));
    if (streams) {
      few(device, job);
    } else {
      many(device, job);
    }
    return device.as(spec.dtype(), out);
  }

  private record Size(int rows, int inner, long columns, long matrices) {}

  /// @param steps of a right side, whose address differs from matrix to matrix
  /// @param shared whether it does not
  private record Job(View a, View b, Matrix.Dense steps, boolean shared, Gemm.Result out, Size n) {
    long left(long matrix) {
      return a.at(a.index(matrix * n.rows * n.inner));
    }

    Matrix.Dense right(long matrix) {
      long at = shared ? b.address() : b.at(b.index(matrix * n.inner * n.columns));
      return new Matrix.Dense(steps.type(), at, steps.columnStep(), steps.innerStep());
    }

    Gemm.Result result(long matrix) {
      return new Gemm.Result(out.at(matrix * n.rows, 0), n.columns, out.bias());
    }
  }

  private static void few(Device device, Job job) {
    Size n = job.n;
    DenseKernels kernels = device.kernels();
    long chunk = Math.clamp(n.columns / (8L * device.threads()) / 24 * 24, 1, 96);
    long chunks = (n.columns + chunk - 1) / chunk;
    var plain = new DenseRows.Rows(job.left(0), n.rows, n.inner);
    long laid = kernels.lay(device, plain, (int) n.matrices, job.b.spec.dtype());
    long apart = 4L * n.rows * n.inner;
    device.each(
        n.matrices * chunks,
        (long) n.rows * n.inner * chunk,
        (first, last, own) -> {
          for (long i = first; i < last; i++) {
            long matrix = i / chunks;
            long from = i % chunks * chunk;
            long to = Math.min(n.columns, from + chunk);
            var rows = new DenseRows.Rows(laid + matrix * apart, n.rows, n.inner);
            Gemm.Result result = job.result(matrix);
            kernels.fewRows(rows, job.right(matrix), result, from, to, own);
            result.finish(new Gemm.Part(0, n.rows, from, to), device.loops());
          }
        });
  }

  private static void many(Device device, Job job) {
    Size n = job.n;
    var cut = Gemm.Cut.of(n.rows, n.columns, n.matrices, device);
    long tasks = cut.tasks();
    long step = n.rows == 1 ? 0 : job.a.stride(-2);
    device.each(
        n.matrices * tasks,
        (long) cut.rowsOfTask() * n.inner * cut.columnsOfTask(),
        (first, last, own) -> {
          for (long i = first; i < last; i++) {
            long matrix = i / tasks;
            var left = new Gemm.Left(job.a.spec.dtype(), job.left(matrix), step, job.a.stride(-1));
            Gemm.Result result = job.result(matrix);
            Gemm.Part part = cut.part(i % tasks);
            new Gemm(device.kernels(), left, job.right(matrix), result, n.inner).part(part, own);
            result.finish(part, device.loops());
          }
        });
  }

  /// Whether the rows of all matrices are equally far apart.
  private static boolean rowsInLine(View a) {
    for (int axis = 0; axis < a.strides.length - 2; axis++) {
      long next = a.strides[axis + 1] * a.spec.shape().dim(axis + 1);
      if (a.spec.shape().dim(axis) != 1 && a.strides[axis] != next) {
        return false;
      }
    }
    return true;
  }

  /// @param bias address of floats that are added to each row; 0 for none
  static View quantized(Device device, View x, Matrix.Packed m, long bias, Spec spec) {
    int inner = m.inner();
    long columns = spec.shape().dim(-1);
    int rows = (int) (columns == 0 ? 0 : spec.shape().size() / columns);
    long left = device.denseFloats(x).address();
    View out = device.floats(spec);
    var result = new Gemm.Result(out.address(), columns, bias);
    var rowsOfX = new DenseRows.Rows(left, rows, inner);
    Rounded prepared = prepared(device, rowsOfX, m);
    if (prepared != null) {
      panels(device, prepared, m, result, rows);
      return device.as(spec.dtype(), out);
    }
    boolean direct = QuantizedRows.direct(m.quantization(), inner);
    if (rows <= (direct ? FEW_QUANTIZED : FEW)) {
      var planes = direct ? prepare(device, m.quantization(), rowsOfX) : null;
      device.each(
          columns,
          (long) rows * inner,
          (from, to, own) -> {
            if (planes != null) {
              QuantizedRows.columns(m, planes, result, from, to, own);
            } else {
              QuantizedRows.unpackedColumns(m, left, rows, result, from, to, own);
            }
            result.finish(new Gemm.Part(0, rows, from, to), device.loops());
          });
    } else {
      var gemm =
          new Gemm(device.kernels(), new Gemm.Left(DType.F32, left, inner, 1), m, result, inner);
      var cut = Gemm.Cut.of(rows, columns, 1, device);
      device.each(
          cut.tasks(),
          (long) cut.rowsOfTask() * inner * cut.columnsOfTask(),
          (first, last, own) -> {
            for (long i = first; i < last; i++) {
              gemm.part(cut.part(i), own);
              result.finish(cut.part(i), device.loops());
            }
          });
    }
    return device.as(spec.dtype(), out);
  }

  /// Rows as native kernels or rounding take them; null for what is computed by Java's loops.
  private static @Nullable Rounded prepared(Device device, DenseRows.Rows x, Matrix.Packed m) {
    Quantization q = m.quantization();
    Rounding rounding = device.rounding();
    if (rounding != null && rounding.takes(q, m.inner(), x.count())) {
      return rounding.round(device, x.at(), x.count(), m.inner(), q);
    }
    NativeRows exact = device.nativeRows();
    boolean few = x.count() <= FEW_QUANTIZED;
    return exact != null && few && exact.takes(q, m.inner()) ? exact.prepare(device, x, q) : null;
  }

  private static void panels(
      Device device, Rounded rows, Matrix.Packed m, Gemm.Result out, int count) {
    long columns = out.rowStep();
    device.each(
        (columns + PANEL - 1) / PANEL,
        (long) count * m.inner() * PANEL,
        (first, last, own) -> {
          long to = Math.min(columns, last * PANEL);
          rows.columns(m, out, first * PANEL, to, own);
          out.finish(new Gemm.Part(0, count, first * PANEL, to), device.loops());
        });
  }

  private static QuantizedRows.Prepared prepare(Device device, Quantization q, DenseRows.Rows x) {
    float[] planes = device.heap(x.count() * x.inner());
    long sums = device.borrow(4L * x.count() * q.groups(x.inner()));
    return QuantizedRows.prepare(q, x, planes, sums);
  }

  static View dequantize(Device device, Matrix.Packed m, Spec spec) {
    View out = device.floats(spec);
    Loops loops = device.loops();
    device.each(
        spec.shape().dim(0),
        m.inner(),
        (first, last, own) -> loops.unpack(m, first, last, out.at(first * m.inner()), own));
    return device.as(spec.dtype(), out);
  }
}
