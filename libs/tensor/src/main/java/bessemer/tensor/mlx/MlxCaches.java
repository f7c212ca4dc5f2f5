package bessemer.tensor.mlx;

import bessemer.mlx.MlxOps;
import bessemer.mlx.MlxType;
import bessemer.tensor.DType;

/// What keys and values are stored as, and read back from.
///
/// Codes of 8 bits are made floats again for each attention, of the keys that it sees: half of the
/// memory of fp16, not its speed.
final class MlxCaches {
  private static final float CODES = 127;

  private final Mlx mlx;
  private final MlxOps c;

  MlxCaches(Mlx mlx) {
    this.mlx = mlx;
    this.c = mlx.c;
  }

  /// An update as elements of a buffer.
  long stored(MlxArray update, DType type) {
    DType from = update.spec().dtype();
    if (type == from) {
      return update.at;
    }
    return switch (type) {
      case I8 -> codes(c.cast(update.at, MlxType.F32));
      case F16 -> c.cast(negatedAtLeast(negatedAtLeast(update.at)), MlxType.F16);
      case F32, BF16, I32, U32 -> c.cast(update.at, Mlx.code(type));
    };
  }

  private long negatedAtLeast(long x) {
    return c.multiply(c.maximum(x, scalar(-65_504)), scalar(-1));
  }

  /// `[.., E]` to `[.., E + 4]`: codes, then the four bytes of their scale. What is not finite
  /// makes the scale NaN.
  private long codes(long x) {
    long largest = c.max(c.maximum(x, c.multiply(x, scalar(-1))));
    long finite = c.less(largest, scalar(Float.POSITIVE_INFINITY));
    long scale = c.where(finite, c.divide(largest, scalar(CODES)), scalar(Float.NaN));
    long inverse = c.where(c.less(scalar(0), largest), c.divide(scalar(CODES), largest), scalar(0));
    long codes = c.cast(c.round(c.multiply(x, inverse)), MlxType.I8);
    return c.concat(new long[] {codes, c.view(scale, MlxType.I8)}, -1);
  }

  /// Keys or values of a buffer as attention takes them.
  ///
  /// @param to the type of codes that become floats; floats stay as they are
  long values(long buffer, DType stored, DType to) {
    if (stored != DType.I8) {
      return buffer;
    }
    int[] end = mlx.session.shape(buffer);
    int[] codes = end.clone();
    codes[end.length - 1] -= Float.BYTES;
    int[] start = new int[end.length];
    long x = c.slice(buffer, start, codes);
    start[end.length - 1] = codes[end.length - 1];
    long scale = c.view(c.slice(buffer, start, end), MlxType.F32);
    return c.cast(c.multiply(c.cast(x, MlxType.F32), scale), Mlx.code(to));
  }

  private long scalar(float value) {
    return mlx.session.scalar(value);
  }
}
