package bessemer.tensor.cpu;

import java.lang.invoke.MethodHandle;

/// Rounding of rows with one step each, and products of them, by the native file. Writes `struct
/// int8_rows` and `struct int8_product` of `kernels.h` to memory.
final class NativeInt8 implements Int8Rounding {
  private static final int SPAN = 64; // elements that kernels take at once
  private static final int TOGETHER = 12; // rows that are rounded together
  private static final int ROWS = 8 * 8; // bytes of struct int8_rows
  private static final int PRODUCT = 16 * 8; // of struct int8_product, so that scratch is aligned

  private final MethodHandle round; // (struct int8_rows *, first dozen of rows, last, scratch)
  private final NativeProduct.Kernel product;

  NativeInt8(NativeKernels kernels) {
    round = kernels.function("int8_round", false, 4);
    product = NativeProduct.Kernel.named(kernels, "int8");
  }

  @Override
  public boolean takes(int inner, int rows) {
    return rows > 0 && inner > 0 && inner % SPAN == 0 && inner <= MOST_INNER;
  }

  @Override
  public Int8Rows round(Device device, DenseRows.Rows x, float step) {
    int dozens = (x.count() + TOGETHER - 1) / TOGETHER;
    long codes = device.borrow(2L * TOGETHER * dozens * x.inner());
    long steps = device.borrow(4L * x.count());
    long sums = device.borrow(4L * x.count());
    long record = device.borrow(ROWS);
    Raw.putLongs(record, x.at(), codes, steps, sums);
    Raw.putLongs(record + 4 * 8, x.count(), x.inner(), Double.doubleToRawLongBits(step), 0);
    device.each(
        dozens,
        8L * TOGETHER * x.inner(),
        (first, last, own) ->
            NativeKernels.call(round, record, first, last, own.take(4L * x.inner())));
    long of = device.borrow(PRODUCT);
    Raw.putLongs(of, 0, 0, codes, steps);
    Raw.putLongs(of + 4 * 8, sums, x.count(), x.inner(), 0);
    long scratch = NativeKernels.bytes(product.scratch(), of);
    return (m, out, first, last, own) -> {
      long passed = own.take(PRODUCT + scratch);
      Raw.copy(of, passed, PRODUCT);
      Raw.putLong(passed, m.codes());
      Raw.putLong(passed + 8, m.scales());
      Raw.putLong(passed + 7 * 8, out.address());
      Raw.putLong(passed + 8 * 8, out.rowStep());
      NativeKernels.call(product.product(), passed, first, last, passed + PRODUCT);
    };
  }
}
