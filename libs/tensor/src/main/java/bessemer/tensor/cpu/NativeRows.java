package bessemer.tensor.cpu;

import bessemer.tensor.Quantization;
import java.lang.invoke.MethodHandle;

/// Exact products of a few rows of floats by the native file, as [QuantizedRows] has them in Java.
final class NativeRows {
  private static final int SPAN = 64; // elements that kernels take at once
  private static final int RECORD = 8 * 8; // bytes of struct rounded

  private final MethodHandle planes; // (struct rounded *, first row, last row)
  private final NativeProduct.Kernel product;

  NativeRows(NativeKernels kernels) {
    planes = kernels.function("planes", false, 3);
    product = NativeProduct.Kernel.named(kernels, "exact");
  }

  boolean takes(Quantization q, int inner) {
    return (q.bits() == 4 || q.bits() == 8) && inner % SPAN == 0;
  }

  NativeProduct prepare(Device device, DenseRows.Rows x, Quantization q) {
    long groups = (q.groups(x.inner()) + 7) & -8;
    long values = device.borrow(4L * x.count() * x.inner());
    long sums = device.borrow(4L * x.count() * groups);
    long record = device.borrow(RECORD);
    Raw.putLongs(record, x.at(), 0, values, sums);
    Raw.putLongs(record + 4 * 8, x.count(), x.inner(), q.bits(), q.group());
    NativeKernels.call(planes, record, 0, x.count());
    var left = new NativeProduct.Left(x.count(), x.inner(), 0, values, sums);
    return new NativeProduct(device, product, left, q);
  }
}
