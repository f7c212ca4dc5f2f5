package bessemer.mlx;

import bessemer.mlx.c.Library;
import bessemer.mlx.c.MetalH;
import bessemer.mlx.c.StringH;
import bessemer.mlx.c.VersionH;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The MLX of this machine: found, loaded and of a version that the bindings fit, or not.
public final class MlxLibrary {
  /// Before it, an error inside a task of MLX's ended the process.
  private static final String OLDEST = "0.32.1";

  /// Whether MLX can be used, looked up once in a process.
  public sealed interface State {
    /// @param metal whether it has a graphics unit of Apple's to compute on
    record Usable(Path path, String version, boolean metal) implements State {}

    /// @param reason what is missing, and what to do
    record Unusable(String reason) implements State {}
  }

  private static final class Found {
    private static final State STATE = find();
  }

  private MlxLibrary() {}

  public static State state() {
    return Found.STATE;
  }

  /// @throws MlxUnavailableException if there is none
  static void require() {
    if (state() instanceof State.Unusable(String reason)) {
      throw new MlxUnavailableException(reason);
    }
  }

  private static State find() {
    String problem = Library.problem();
    Path path = Library.path();
    if (problem != null || path == null) {
      return new State.Unusable(String.valueOf(problem));
    }
    String version = version();
    String old = tooOld(version, path);
    return old != null ? new State.Unusable(old) : new State.Usable(path, version, metal());
  }

  /// The message for a version that is too old, null for others.
  static @Nullable String tooOld(String version, Path path) {
    return Version.parse(version).compareTo(Version.parse(OLDEST)) < 0
        ? "MLX %s, which %s loads, is older than %s: brew upgrade mlx-c"
            .formatted(version, path, OLDEST)
        : null;
  }

  private static String version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
      Mlxc.check(VersionH.version(result.address()));
      long string = result.get(ValueLayout.JAVA_LONG, 0);
      String version = Mlxc.text(StringH.stringData(string));
      Mlxc.check(StringH.stringFree(string));
      return version;
    }
  }

  private static boolean metal() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_BOOLEAN);
      Mlxc.check(MetalH.metalIsAvailable(result.address()));
      return result.get(ValueLayout.JAVA_BOOLEAN, 0);
    }
  }
}
