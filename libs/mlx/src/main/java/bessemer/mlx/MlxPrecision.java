package bessemer.mlx;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/// How exactly MLX multiplies.
public final class MlxPrecision {
  private MlxPrecision() {}

  /// Products of floats of 32 bits keep all of them, also where matrix units would be faster with
  /// 19. MLX asks the environment once, at its first product.
  public static void full() {
    Linker linker = Linker.nativeLinker();
    try (Arena arena = Arena.ofConfined()) {
      int status =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("setenv"),
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT,
                          ValueLayout.ADDRESS,
                          ValueLayout.ADDRESS,
                          ValueLayout.JAVA_INT))
                  .invokeExact(arena.allocateFrom("MLX_ENABLE_TF32"), arena.allocateFrom("0"), 1);
      assert status == 0 : "setenv";
    } catch (Throwable e) {
      throw new AssertionError("setenv", e);
    }
  }
}
