package bessemer.tensor.cpu;

import bessemer.tensor.Quantization;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// Rounding and products of rounded rows by the native file.
final class NativeRounding implements Rounding {
  private static final int SPAN = 64; // elements that kernels take at once
  private static final int TILE = 16; // rows that there is room for a multiple of
  private static final int RECORD = 8 * 8; // bytes of struct rounded

  private final MethodHandle round; // (struct rounded *, first four rows, last, scratch)
  private final MethodHandle scratch; // (struct rounded *) -> bytes
  private final NativeProduct.Kernel product;
  private final NativeInt8 int8;
  private final @Nullable NativeBf16 bf16;

  NativeRounding(NativeKernels kernels) {
    round = kernels.function("round", false, 4);
    scratch = kernels.function("round_scratch", true, 1);
    product = NativeProduct.Kernel.named(kernels, "rounded");
    int8 = new NativeInt8(kernels);
    bf16 = NativeBf16.in(kernels) ? new NativeBf16(kernels) : null;
  }

  @Override
  public NativeInt8 int8() {
    return int8;
  }

  @Override
  public @Nullable NativeBf16 bf16() {
    return bf16;
  }

  @Override
  public boolean takes(Quantization q, int inner, int rows) {
    return inner % SPAN == 0;
  }

  @Override
  public Rounded round(Device device, long x, int rows, int inner, Quantization q) {
    int fours = (rows + 3) / 4;
    long room = (rows + TILE - 1L) / TILE * TILE;
    long groupBytes = 4 * room * ((inner / q.group() + 7) & -8);
    long codes = device.borrow(room * inner);
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
