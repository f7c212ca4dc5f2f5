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
