package bessemer.foundry.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the machine has left.
public interface Machine {
  /// Bytes that programs can have without others being swapped out.
  long availableMemory() throws IOException;

  Disk disk();

  /// Linux tells what is available; elsewhere what is free of what the JVM sees, or no limit.
  static Machine real() {
    return new Machine() {
      private static final Path MEMINFO = Path.of("/proc/meminfo");

      @Override
      public long availableMemory() throws IOException {
        if (!Files.isReadable(MEMINFO)) {
          return Long.MAX_VALUE;
        }
        for (String line : Files.readAllLines(MEMINFO)) {
          if (line.startsWith("MemAvailable:")) {
            return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
          }
        }
        return Long.MAX_VALUE;
      }

      @Override
      public Disk disk() {
        return Disk.real();
      }
    };
  }
}
