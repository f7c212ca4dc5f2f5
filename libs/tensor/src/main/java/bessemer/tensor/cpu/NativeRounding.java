package bessemer.tensor.cpu;

import bessemer.tensor.Quantization;
import java.lang.invoke.MethodHandle;

/// Rounding and products of rounded rows by the native file.
final class NativeRounding implements Rounding {
  private static final int SPAN = 64; // elements that kernels take at once
  private static final int RECORD = 8 * 8; // bytes of struct rounded

  private final MethodHandle round; // (struct rounded *, first four rows, last, scratch)
  private final MethodHandle scratch; // (struct rounded *) -> bytes
  private final NativeProduct.Kernel product;
  private final NativeInt8 int8;

  NativeRounding(NativeKernels kernels) {
    round = kernels.function("round", false, 4);
    scratch = kernels.function("round_scratch", true, 1);
    product = NativeProduct.Kernel.named(kernels, "rounded");
    int8 = new NativeInt8(kernels);
  }

  @Override
  public NativeInt8 int8() {
    return int8;
  }

  @Override
  public boolean takes(Quantization q, int inner, int rows) {
    return inner % SPAN == 0;
  }

  @Override
  public Rounded round(Device device, long x, int rows, int inner, Quantization q) {
    int fours = (rows + 3) / 4;
    long groupBytes = 16L * fours * ((inner / q.group() + 7) & -8);
    long codes = device.borrow(4L * fours * inner);
    long steps = device.borrow(groupBytes);
    long sums = device.borrow(groupBytes);
    long record = device.borrow(RECORD);
    Raw.putLongs(record, x, codes, steps, sums);
    Raw.putLongs(record + 4 * 8, rows, inner, q.bits(), q.group());
    long bytes = NativeKernels.bytes(scratch, record);
    device.each(
        fours,
        8L * inner,
        (first, last, own) -> NativeKernels.call(round, record, first, last, own.take(bytes)));
    var left = new NativeProduct.Left(rows, inner, codes, steps, sums);
    return new NativeProduct(device, product, left, q);
  }
}
