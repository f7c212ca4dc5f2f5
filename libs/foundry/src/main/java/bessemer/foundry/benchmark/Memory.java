package bessemer.foundry.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// What the operating system says of this process's memory. Linux only: elsewhere it is unknown.
public final class Memory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path RESET = Path.of("/proc/self/clear_refs");

  private Memory() {}

  /// The most physical memory since the process began, mapped weights included, in bytes.
  public static OptionalLong peakResident() {
    return field("VmHWM:");
  }

  /// Forgets the peak so far, so that the next is of what comes.
  ///
  /// @return whether the system could
  public static boolean forgetPeak() {
    if (!Files.isWritable(RESET)) {
      return false;
    }
    try {
      Files.writeString(RESET, "5");
      return true;
    } catch (IOException e) {
      return false; // a container may forbid it
    }
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
