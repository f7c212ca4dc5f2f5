package bessemer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The memory of a process. Pages that several share are divided among them (PSS) where the system
/// tells; where it does not, they are counted fully.
public final class ProcessMemory {
  private ProcessMemory() {}

  /// Of the process alone, in bytes; 0 when it has just ended.
  public static long bytes(ProcessHandle process) {
    return one(process.pid());
  }

  /// With the processes that it started: the sessions of a database, say.
  public static long treeBytes(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .mapToLong(one -> one(one.pid()))
        .sum();
  }

  private static long one(long pid) {
    try {
      Path rollup = Path.of("/proc", Long.toString(pid), "smaps_rollup");
      if (Files.exists(rollup)) {
        return Files.readAllLines(rollup).stream()
            .filter(line -> line.startsWith("Pss:"))
            .mapToLong(line -> kilobytes(line.substring("Pss:".length())))
            .findFirst()
            .orElse(0);
      }
      Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(pid)).start();
      List<String> lines = new String(ps.getInputStream().readAllBytes()).lines().toList();
      return lines.isEmpty() ? 0 : kilobytes(lines.getFirst());
    } catch (IOException ended) {
      return 0;
    }
  }

  private static long kilobytes(String text) {
    return Long.parseLong(text.replace("kB", "").strip()) * 1024;
  }
}
