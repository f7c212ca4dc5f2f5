package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Quantization;
import java.lang.invoke.MethodHandle;

/// Rows that a native kernel has prepared, and the kernel that multiplies them with quantized
/// weights. Writes `struct product` of `kernels.h` to memory.
final class NativeProduct implements Rounded {
  private static final int BYTES = 128;
  private static final int FORM = 4 * 8; // where bits and what follows are
  private static final int LEFT = 8 * 8;

  /// @param product (struct product *, first column, last column, scratch)
  /// @param scratch (struct product *) -> bytes
  record Kernel(MethodHandle product, MethodHandle scratch) {
    static Kernel named(NativeKernels kernels, String name) {
      return new Kernel(
          kernels.function(name, false, 4), kernels.function(name + "_scratch", true, 1));
    }
  }

  /// Rows as kernels want them: of rounded ones codes, steps and sums; of exact ones planes in the
  /// place of steps, and no codes.
  record Left(int rows, int inner, long codes, long steps, long sums) {}

  private final Kernel kernel;
  private final Left left;
  private final long bytes; // of scratch

  NativeProduct(Device device, Kernel kernel, Left left, Quantization q) {
    this.kernel = kernel;
    this.left = left;
    long record = device.borrow(BYTES);
    putForm(record, q);
    bytes = NativeKernels.bytes(kernel.scratch, record);
  }

  @Override
  public void columns(Matrix.Packed m, Gemm.Result out, long first, long last, Scratch own) {
    long record = own.take(BYTES + bytes);
    Raw.putLongs(record, m.words(), m.scales(), m.biases(), type(m.type()));
    putForm(record, m.quantization());
    Raw.putLongs(record + LEFT, left.codes, left.steps, left.sums, out.address());
    Raw.putLong(record + LEFT + 4 * 8, out.rowStep());
    NativeKernels.call(kernel.product, record, first, last, record + BYTES);
  }

  private void putForm(long record, Quantization q) {
    Raw.putLongs(record + FORM, q.bits(), q.group(), left.inner, left.rows);
  }

  /// A type as kernels know it.
  static long type(DType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case BF16 -> 2;
      case I8, I32, U32 -> throw new IllegalArgumentException("kernels take no " + type);
    };
  }
}
