package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import java.lang.invoke.MethodHandle;

/// Products of floats by the native file: `few.h` and `tiles.h`.
final class NativeDense implements DenseKernels {
  private static final int FEW = 16;

  private final int columns;
  private final MethodHandle layRows;
  private final MethodHandle fewRows;
  private final MethodHandle packStrips;
  private final MethodHandle packPanels;
  private final MethodHandle multiply;

  /// Whether the file has products of floats, and attention, for these instructions.
  static boolean in(NativeKernels kernels) {
    return kernels.find("few_rows", false, 9).isPresent();
  }

  NativeDense(NativeKernels kernels) {
    columns = (int) panelColumns(kernels.function("panel_columns", true, 0));
    layRows = kernels.function("lay_rows", false, 5);
    fewRows = kernels.function("few_rows", false, 9);
    packStrips = kernels.function("pack_strips", false, 7);
    packPanels = kernels.function("pack_panels", false, 8);
    multiply = kernels.function("multiply", false, 9);
  }

  private static long panelColumns(MethodHandle function) {
    try {
      return (long) function.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public int few() {
    return FEW;
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public long lay(Device device, DenseRows.Rows x, int matrices, DType weights) {
    long bytes = x.step() * x.count();
    long to = device.borrow(bytes * matrices);
    long type = NativeProduct.type(weights);
    for (int i = 0; i < matrices; i++) {
      long from = x.at() + i * bytes;
      try {
        layRows.invokeExact(type, from, (long) x.count(), (long) x.inner(), to + i * bytes);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
    return to;
  }

  @Override
  public void fewRows(
      DenseRows.Rows x, Matrix.Dense m, Gemm.Result out, long from, long to, Scratch own) {
    try {
      fewRows.invokeExact(
          NativeProduct.type(m.type()),
          x.at(),
          (long) x.count(),
          (long) x.inner(),
          m.at(from, 0),
          m.columnStep() * m.type().bytes(),
          out.at(0, from),
          out.rowStep(),
          to - from);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void strips(Lines rows, long to, long spare) {
    try {
      packStrips.invokeExact(
          NativeProduct.type(rows.type()),
          rows.address(),
          rows.across(),
          rows.along(),
          (long) rows.count(),
          (long) rows.depth(),
          to);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void panels(Lines columns, long to, long step, long spare) {
    try {
      packPanels.invokeExact(
          NativeProduct.type(columns.type()),
          columns.address(),
          columns.across(),
          columns.along(),
          (long) columns.count(),
          (long) columns.depth(),
          to,
          step / 4);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void multiply(Packs packs, Gemm.Result out, Size size, long spare) {
    try {
      multiply.invokeExact(
          packs.strips(),
          packs.panels(),
          packs.panelStep() / 4,
          (long) packs.depth(),
          out.address(),
          out.rowStep(),
          (long) size.rows(),
          (long) size.columns(),
          size.add() ? 1L : 0L);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
