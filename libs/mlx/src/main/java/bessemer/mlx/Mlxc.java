package bessemer.mlx;

import bessemer.mlx.c.Library;
import java.lang.foreign.MemorySegment;

/// What C answers, in Java's terms.
final class Mlxc {
  private Mlxc() {}

  /// @throws MlxException in MLX's words, if a call failed
  static void check(int status) {
    if (status != 0) {
      throw new MlxException(Library.takeError());
    }
  }

  /// A string that lies at this address.
  static String text(long address) {
    return MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE).getString(0);
  }
}
