package bessemer.supervisor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/// How this project's JVMs are started.
final class JavaCommand {
  private JavaCommand() {}

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /// The cache of loaded and linked classes, when the build made one; without, the start is slower.
  ///
  /// The JVM takes classes from a cache without a look at the jar that they came from, so one that
  /// is older than a jar beside it would run what was built before. Its profiles are left alone:
  /// compiled after those of a start, Java's kernels ran eight times slower.
  static List<String> readCache(Path app, String module) {
    Path cache = app.resolve(module + ".aot");
    return isFresh(cache, app)
        ? List.of(
            "-XX:AOTCache=" + cache,
            "-Xlog:aot=off",
            "-Xlog:cds=off",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:-AOTReplayTraining")
        : List.of();
  }

  private static boolean isFresh(Path cache, Path app) {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(app, "*.jar")) {
      FileTime made = Files.getLastModifiedTime(cache);
      for (Path jar : jars) {
        if (Files.getLastModifiedTime(jar).compareTo(made) > 0) {
          return false;
        }
      }
      return true;
    } catch (IOException none) {
      return false;
    }
  }

  /// Makes that cache when the process ends; whoever started it puts it in its place.
  static List<String> writeCache(Path app, String module) {
    return List.of(
        "-XX:AOTCacheOutput=" + app.resolve(module + ".aot.new"), "-Xlog:aot=off", "-Xlog:cds=off");
  }

  /// The process that keeps the others, which is small; its arguments follow.
  static List<String> supervisor(Path app) {
    return program(app, List.of("-Xms8m", "-Xmx48m"));
  }

  /// The same program for work that needs more; its arguments follow.
  static List<String> program(Path app) {
    return program(app, List.of("-Xmx256m"));
  }

  private static List<String> program(Path app, List<String> heap) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dslf4j.internal.verbosity=ERROR"));
    command.addAll(heap);
    command.addAll(readCache(app, "supervisor"));
    command.addAll(List.of("-cp", app + "/*", Main.class.getName()));
    return command;
  }
}
