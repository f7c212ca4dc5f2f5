package bessemer.evaluation;

import bessemer.db.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The evaluation service as a process of its own, that can be killed. A chunk has one line.
final class ServiceProcess implements AutoCloseable {
  private final Process process;
  private final Path log;

  private ServiceProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static ServiceProcess start(Path home, TestDatabase database) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-ea", "-Xmx512m"));
    command.addAll(List.of("-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("bessemer.evaluation.Main");
    Path log = Files.createTempFile(home, "service", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("BESSEMER_HOME", home.toString());
    environment.put("BESSEMER_DATABASE_URL", database.url());
    environment.put("BESSEMER_DATABASE_USER", database.user());
    environment.put("BESSEMER_DATABASE_PASSWORD", database.password());
    environment.put("BESSEMER_PORT", "0");
    environment.put("BESSEMER_MANAGEMENT_PORT", "0");
    environment.put("BESSEMER_WORK_POLL", "200ms");
    environment.put("BESSEMER_JOB_DISK_BYTES", "0");
    environment.put("BESSEMER_JOB_MEMORY_BYTES", "0");
    environment.put("BESSEMER_EVAL_CHUNK", "1");
    return new ServiceProcess(builder.start(), log);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// As `kill -9`.
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(30, TimeUnit.SECONDS);
  }

  /// The end of what it said, for failures.
  String said() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
