package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Quantization;

/// `struct product` of `kernels.h`, written to memory.
final class NativeProduct {
  static final int BYTES = 128;

  private static final int Q = 4 * 8; // bits and what follows

  private NativeProduct() {}

  /// Rows as kernels want them: of rounded ones codes, steps and sums; of exact ones planes as
  /// `steps`, and no codes.
  record Left(int rows, long codes, long steps, long sums) {}

  static void put(long at, Matrix.Packed m, Left left, Gemm.Result out) {
    Raw.putLongs(at, m.words(), m.scales(), m.biases(), type(m.type()));
    put(at, m.quantization(), m.inner(), left.rows);
    Raw.putLongs(at + Q + 4 * 8, left.codes, left.steps, left.sums, out.address(), out.rowStep());
  }

  /// Only what tells how much scratch a product needs.
  static void put(long at, Quantization q, int inner, int rows) {
    Raw.putLongs(at + Q, q.bits(), q.group(), inner, rows);
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
