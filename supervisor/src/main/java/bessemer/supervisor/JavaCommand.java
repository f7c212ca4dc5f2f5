package bessemer.supervisor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How this project's JVMs are started.
final class JavaCommand {
  private JavaCommand() {}

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /// The cache of loaded and linked classes, when the build made one; without, the start is slower.
  static List<String> readCache(Path app, String module) {
    Path cache = app.resolve(module + ".aot");
    return Files.exists(cache)
        ? List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off")
        : List.of();
  }

  /// Makes that cache when the process ends.
  static List<String> writeCache(Path app, String module) {
    return List.of(
        "-XX:AOTCacheOutput=" + app.resolve(module + ".aot"), "-Xlog:aot=off", "-Xlog:cds=off");
  }

  static List<String> supervisorFlags() {
    return List.of(
        "-XX:+UseSerialGC",
        "-XX:+UseCompactObjectHeaders",
        "-XX:TieredStopAtLevel=1",
        "-Xms8m",
        "-Xmx48m");
  }

  /// The supervisor's own program; its arguments follow.
  static List<String> supervisor(Path app) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(supervisorFlags());
    command.addAll(readCache(app, "supervisor"));
    command.addAll(List.of("-cp", app + "/*", Main.class.getName()));
    return command;
  }
}
