package bessemer.supervisor.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A running child. It is tied to this process by a pipe: a small shell beside it reads the other
/// end, and when this process is gone, however it went, asks the child to end and after a while
/// makes it end. The child itself needs to know nothing of that.
final class Child {
  /// `$$` stays the process that becomes the child. A line on the pipe lets the shell go.
  private static final String TETHER =
      """
      exec 3<&0 </dev/null
      signal=$1 patience=$2
      shift 2
      ( (
        read -r _ <&3 && exit
        kill -"$signal" $$
        while [ "$patience" -gt 0 ] && kill -0 $$; do
          sleep 1
          patience=$((patience - 1))
        done
        [ "$patience" -gt 0 ] || kill -KILL $$
      ) >/dev/null 2>&1 & )
      exec "$@" 3<&-
      """;

  /// Announced by every JVM with the Vector API.
  private static final String INCUBATOR = "WARNING: Using incubator modules";

  private final Process process;
  private final Part part;
  private final ProcessMark mark;
  private final Thread pump;

  private Child(Part part, Process process, RotatingLog log) {
    this.part = part;
    this.process = process;
    this.mark = ProcessMark.of(process.toHandle());
    this.pump = Thread.ofPlatform().name("log " + part.name()).daemon().start(() -> pump(log));
  }

  static Child start(Part part, Duration patience, RotatingLog log) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("/bin/sh", "-c", TETHER, "sh"));
    command.addAll(List.of(part.stop().name(), Long.toString(patience.toSeconds())));
    command.addAll(part.command());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(part.environment());
    return new Child(part, builder.start(), log);
  }

  private void pump(RotatingLog log) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.startsWith(INCUBATOR)) {
          log.line(line);
        }
      }
    } catch (IOException ended) {
      log.line("the output of " + part.name() + " ended: " + ended.getMessage());
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  ProcessMark mark() {
    return mark;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// Waits for its end and for its last words.
  int await() throws InterruptedException {
    int code = process.waitFor();
    release();
    pump.join(TimeUnit.SECONDS.toMillis(2)); // a grandchild may hold the pipe open for longer
    return code;
  }

  /// Lets the shell beside it go; it would signal a process id that may soon be another's.
  private void release() {
    try (var pipe = process.getOutputStream()) {
      pipe.write('\n');
    } catch (IOException gone) {
      return; // then there is nobody to let go
    }
  }

  void signal() {
    signal(process.toHandle(), part.stop());
  }

  void kill() {
    process.destroyForcibly();
  }

  /// Java itself can only send TERM and KILL.
  static void signal(ProcessHandle process, Part.Signal signal) {
    switch (signal) {
      case TERM -> process.destroy();
      case INT -> {
        try {
          new ProcessBuilder("/bin/sh", "-c", "kill -INT " + process.pid())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
        } catch (IOException noShell) {
          process.destroy();
        }
      }
    }
  }
}
