package bessemer.foundry.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// What the operating system says of this process's memory. Linux only: elsewhere it is unknown.
public final class Memory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private Memory() {}

  /// The most physical memory since the process began, mapped weights included, in bytes.
  public static OptionalLong peakResident() {
    return field("VmHWM:");
  }

  private static OptionalLong field(String name) {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      return parse(Files.readString(STATUS), name);
    } catch (IOException e) {
      return OptionalLong.empty(); // the file system of processes may be hidden from us
    }
  }

  static OptionalLong parse(String status, String name) {
    return status
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst();
  }
}
