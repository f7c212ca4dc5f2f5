package bessemer.supervisor.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A process as it can be found again: its id alone may meanwhile belong to another.
///
/// @param started when the system started it
public record ProcessMark(long pid, Instant started) {
  /// The system derives the start from the time of boot, which moves when the clock is set.
  private static final Duration TOLERANCE = Duration.ofSeconds(3);

  public static ProcessMark of(ProcessHandle process) {
    return new ProcessMark(process.pid(), process.info().startInstant().orElse(Instant.EPOCH));
  }

  /// The process, if it still runs.
  public Optional<ProcessHandle> alive() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(process ->
            process
                .info()
                .startInstant()
                .map(start -> Duration.between(start, started).abs().compareTo(TOLERANCE) < 0)
                .orElse(true));
  }

  /// Whether only its entry is left, until its parent looks, which in some containers is never.
  private static boolean hasEnded(long pid) {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return line.startsWith("Z", line.lastIndexOf(')') + 2); // behind the name, in parentheses
    } catch (IOException otherSystem) {
      return false;
    }
  }
}
