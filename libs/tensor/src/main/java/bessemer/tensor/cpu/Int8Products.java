package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Spec;

/// Products with weights of int8 that have one scale a row: of rounded rows, or exact.
final class Int8Products {
  private static final int FEW = 8;
  private static final int PANEL = 32; // columns of rounded products that are computed together

  private Int8Products() {}

  /// @param step of activations that are rounded; 0 where each row has its own
  /// @param bias address of floats that are added to each row; 0 for none
  record Right(Matrix.Int8 matrix, float step, long bias) {}

  static View product(Device device, View x, Right right, Spec spec) {
    Matrix.Int8 m = right.matrix;
    long columns = spec.shape().dim(-1);
    int count = (int) (columns == 0 ? 0 : spec.shape().size() / columns);
    var rows = new DenseRows.Rows(device.denseFloats(x).address(), count, m.inner());
    View out = device.floats(spec);
    var result = new Gemm.Result(out.address(), columns, right.bias);
    Int8Rounding rounding = device.int8();
    if (rounding != null && rounding.takes(m.inner(), count)) {
      rounded(device, rounding.round(device, rows, right.step), m, result, count);
    } else if (count <= FEW) {
      few(device, rows, m, result);
    } else {
      many(device, rows, m, result);
    }
    return device.as(spec.dtype(), out);
  }

  private static void rounded(
      Device device, Int8Rows rows, Matrix.Int8 m, Gemm.Result out, int count) {
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

  private static void few(Device device, DenseRows.Rows x, Matrix.Int8 m, Gemm.Result out) {
    device.each(
        out.rowStep(),
        (long) x.count() * m.inner(),
        (first, last, own) -> {
          long weights = own.take(4L * m.inner());
          for (long column = first; column < last; column++) {
            m.widen(column, 0, m.inner(), weights);
            DenseRows.dot(x, DType.F32, weights, out.at(0, column), 4 * out.rowStep(), 0);
          }
          out.finish(new Gemm.Part(0, x.count(), first, last), device.loops());
        });
  }

  private static void many(Device device, DenseRows.Rows x, Matrix.Int8 m, Gemm.Result out) {
    var left = new Gemm.Left(DType.F32, x.at(), m.inner(), 1);
    var gemm = new Gemm(device.kernels(), left, m, out, m.inner());
    var cut = Gemm.Cut.of(x.count(), out.rowStep(), 1, device);
    device.each(
        cut.tasks(),
        (long) cut.rowsOfTask() * m.inner() * cut.columnsOfTask(),
        (first, last, own) -> {
          for (long i = first; i < last; i++) {
            gemm.part(cut.part(i), own);
            out.finish(cut.part(i), device.loops());
          }
        });
  }
}
