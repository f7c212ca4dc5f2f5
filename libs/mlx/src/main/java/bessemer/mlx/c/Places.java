package bessemer.mlx.c;

import java.io.File;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Where libmlxc may lie, and whether it is one that the bindings fit.
final class Places {
  /// Came with 0.7, which has no other sign: its functions have other arguments than 0.6's.
  private static final String SINCE_0_7 = "mlx_synchronize_default";

  private Places() {}

  /// The property `bessemer.mlxc` alone, where it is set; else the folders that the loader is told
  /// of, Homebrew's, and the system's.
  static List<Path> of(
      Function<String, @Nullable String> property, Function<String, @Nullable String> environment) {
    String named = property.apply("bessemer.mlxc");
    if (named != null && !named.isBlank()) {
      return List.of(Path.of(named));
    }
    boolean mac = String.valueOf(property.apply("os.name")).startsWith("Mac");
    LinkedHashSet<Path> folders = new LinkedHashSet<>();
    for (String variable : List.of("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")) {
      String list = environment.apply(variable);
      for (String folder : (list == null ? "" : list).split(File.pathSeparator, 0)) {
        if (!folder.isBlank()) {
          folders.add(Path.of(folder));
        }
      }
    }
    String prefix = environment.apply("HOMEBREW_PREFIX");
    if (prefix != null && !prefix.isBlank()) {
      folders.add(Path.of(prefix, "lib"));
    }
    folders.add(Path.of(mac ? "/opt/homebrew/lib" : "/home/linuxbrew/.linuxbrew/lib"));
    folders.add(Path.of("/usr/local/lib"));
    if (!mac) {
      folders.add(Path.of("/usr/lib"));
    }
    List<Path> places = new ArrayList<>();
    folders.forEach(folder -> places.add(folder.resolve(mac ? "libmlxc.dylib" : "libmlxc.so")));
    return places;
  }

  static String missing(List<Path> places) {
    return "mlx-c was not found at "
        + String.join(", ", places.stream().map(Path::toString).toList())
        + ": brew install mlx-c, or name the library with -Dbessemer.mlxc=FILE";
  }

  /// What is wrong with the library that was found there, null if nothing is.
  static @Nullable String problem(Path path, SymbolLookup symbols) {
    if (symbols.find("mlx_version").isEmpty()) {
      return path + " is not mlx-c: brew install mlx-c";
    }
    return symbols.find(SINCE_0_7).isEmpty()
        ? path + " is older than mlx-c 0.7: brew upgrade mlx-c"
        : null;
  }
}
