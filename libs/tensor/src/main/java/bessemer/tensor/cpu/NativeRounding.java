package bessemer.tensor.cpu;

import bessemer.tensor.Quantization;
import java.lang.invoke.MethodHandle;

/// Rounding and products by the native file. Its side of the records is in `kernels.h`.
final class NativeRounding implements Rounding {
  private static final int SPAN = 64; // elements that kernels take at once
  private static final int ROUNDED_BYTES = 8 * 8;

  private final MethodHandle round; // (struct rounded *, first row, last row)
  private final MethodHandle product; // (struct product *, first column, last column, scratch)
  private final MethodHandle scratch; // (struct product *) -> bytes

  NativeRounding(NativeKernels kernels) {
    round = kernels.function("round", false, 3);
    product = kernels.function("rounded", false, 4);
    scratch = kernels.function("rounded_scratch", true, 1);
  }

  @Override
  public boolean takes(Quantization q, int inner, int rows) {
    return inner % SPAN == 0;
  }

  @Override
  public Rounded round(Device device, long x, int rows, int inner, Quantization q) {
    int padded = (rows + 3) & -4;
    long groupBytes = 4L * padded * ((inner / q.group() + 7) & -8);
    long codes = device.borrow((long) padded * inner);
    long steps = device.borrow(groupBytes);
    long sums = device.borrow(groupBytes);
    long record = device.borrow(ROUNDED_BYTES);
    Raw.putLongs(record, x, codes, steps, sums, rows, inner, q.bits(), q.group());
    device.each(padded, 2L * inner, (first, last, _) -> round(record, first, last));
    return new Rows(
        new NativeProduct.Left(rows, codes, steps, sums), bytes(device, rows, inner, q));
  }

  private void round(long record, long first, long last) {
    try {
      round.invokeExact(record, first, last);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private long bytes(Device device, int rows, int inner, Quantization q) {
    long record = device.borrow(NativeProduct.BYTES);
    NativeProduct.put(record, q, inner, rows);
    try {
      return (long) scratch.invokeExact(record);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private final class Rows implements Rounded {
    private final NativeProduct.Left left;
    private final long bytes; // of scratch

    Rows(NativeProduct.Left left, long bytes) {
      this.left = left;
      this.bytes = bytes;
    }

    @Override
    public void columns(Matrix.Packed m, Gemm.Result out, long first, long last, Scratch own) {
      long record = own.take(NativeProduct.BYTES + bytes);
      NativeProduct.put(record, m, left, out);
      try {
        product.invokeExact(record, first, last, record + NativeProduct.BYTES);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
