package bessemer.mlx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// MLX for tests: what is installed, or on Linux what `tools/mlx/build.sh` builds where Python and
/// a C++ compiler are present. Where neither is, the tests on it are skipped and say so in a line;
/// with the Maven profile `mlx` they fail.
public final class BuiltMlx {
  /// On a Mac with mlx-c, `-Dbessemer.mlx.gpu=true` runs the tests on Metal.
  public static final boolean GPU = Boolean.getBoolean("bessemer.mlx.gpu");

  private static final String MISSING = find(System.getProperty("bessemer.test.mlx", "auto"));

  private BuiltMlx() {}

  /// To be called before anything else of MLX.
  public static void orSkip() {
    Assumptions.assumeTrue(MISSING.isEmpty(), MISSING);
  }

  /// Why there is none; empty where there is one.
  private static String find(String mode) {
    if (mode.equals("off")) {
      return "MLX tests are switched off";
    }
    try {
      String missing = build();
      if (missing.isEmpty() && MlxLibrary.state() instanceof MlxLibrary.State.Unusable(var why)) {
        missing = why;
      }
      if (missing.isEmpty()) {
        return "";
      }
      if (mode.equals("required")) {
        throw new IllegalStateException("MLX tests cannot run: " + missing);
      }
      System.out.println("MLX tests skipped: " + missing);
      return missing;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Not on a Mac, which has its own.
  private static String build() throws IOException, InterruptedException {
    boolean linux = System.getProperty("os.name").equals("Linux");
    if (System.getProperty("bessemer.mlxc") != null || !linux) {
      return "";
    }
    Path root = root();
    Process build =
        new ProcessBuilder(
                List.of(
                    "bash",
                    root.resolve("tools/mlx/build.sh").toString(),
                    root.resolve("libs/mlx/target/mlx").toString()))
            .redirectErrorStream(true)
            .start();
    String said = new String(build.getInputStream().readAllBytes()).strip();
    String last = said.substring(said.lastIndexOf('\n') + 1);
    if (build.waitFor() != 0) {
      return last;
    }
    System.setProperty("bessemer.mlxc", last);
    return "";
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("tools/mlx/build.sh"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
