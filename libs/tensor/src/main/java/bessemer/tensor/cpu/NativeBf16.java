package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import java.lang.invoke.MethodHandle;

/// Products of many rows of floats with weights of bf16 by the native file, where instructions
/// multiply bf16: each float becomes two numbers of bf16, which leave out at most 2^-17 of it.
/// Writes `struct bf16_rows` and `struct bf16_product` of `kernels.h` to memory.
final class NativeBf16 {
  private static final int SPAN = 32; // elements that kernels take at once
  private static final int TILE = 16; // rows
  private static final int PANEL = 32; // columns that are computed together
  private static final int ROWS = 4 * 8; // bytes of struct bf16_rows
  private static final int PRODUCT = 8 * 8; // bytes of struct bf16_product, and some

  private final MethodHandle round; // (struct bf16_rows *, first tile of rows, last)
  private final NativeProduct.Kernel product;

  /// Whether the file has such products for these instructions.
  static boolean in(NativeKernels kernels) {
    return kernels.find("bf16", false, 4).isPresent();
  }

  NativeBf16(NativeKernels kernels) {
    round = kernels.function("bf16_round", false, 3);
    product = NativeProduct.Kernel.named(kernels, "bf16");
  }

  /// @param innerStep elements between inner places of the weights
  boolean takes(DType weights, long innerStep, int inner) {
    return weights == DType.BF16 && innerStep == 1 && inner > 0 && inner % SPAN == 0;
  }

  void product(Device device, DenseRows.Rows x, Matrix.Dense m, Gemm.Result out) {
    long record = device.borrow(PRODUCT);
    Raw.putLongs(record, m.address(), m.columnStep(), split(device, x), x.count());
    Raw.putLongs(record + 4 * 8, x.inner(), out.address(), out.rowStep(), 0);
    long scratch = NativeKernels.bytes(product.scratch(), record);
    long columns = out.rowStep();
    device.each(
        (columns + PANEL - 1) / PANEL,
        (long) x.count() * x.inner() * PANEL,
        (first, last, own) -> {
          long to = Math.min(columns, last * PANEL);
          NativeKernels.call(product.product(), record, first * PANEL, to, own.take(scratch));
          out.finish(new Gemm.Part(0, x.count(), first * PANEL, to), device.loops());
        });
  }

  /// The address of the rows as the kernel takes them, until the device gives back its blocks.
  private long split(Device device, DenseRows.Rows x) {
    long tiles = (x.count() + TILE - 1L) / TILE;
    long halves = device.borrow(4L * TILE * tiles * x.inner());
    long record = device.borrow(ROWS);
    Raw.putLongs(record, x.at(), halves, x.count(), x.inner());
    device.each(
        tiles,
        2L * TILE * x.inner(),
        (first, last, own) -> NativeKernels.call(round, record, first, last));
    return halves;
  }
}
