package bessemer.supervisor.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A log file of bounded size: when full, it becomes `<name>.1`, the one before `<name>.2`. Lines
/// are never split. What cannot be written (a full disk) is dropped: a log must not stop a service.
public final class RotatingLog implements AutoCloseable {
  private static final long BYTES = 10_000_000;
  private static final int FILES = 3;

  private final Path file;
  private final long limit;
  private OutputStream out;
  private long written;

  public RotatingLog(Path file) throws IOException {
    this(file, BYTES);
  }

  RotatingLog(Path file, long limit) throws IOException {
    this.file = file;
    this.limit = limit;
    this.out = open();
  }

  private OutputStream open() throws IOException {
    OutputStream opened =
        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    written = Files.size(file);
    return opened;
  }

  public synchronized void line(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      if (written > 0 && written + bytes.length > limit) {
        rotate();
      }
      out.write(bytes);
      written += bytes.length;
    } catch (IOException full) {
      written += bytes.length; // so that rotation, which may free space, still comes
    }
  }

  private void rotate() throws IOException {
    out.close();
    try {
      for (int i = FILES - 1; i > 0; i--) {
        Path from = i == 1 ? file : numbered(i - 1);
        try {
          Files.move(from, numbered(i), StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException _) {
          continue; // not that many yet
        }
      }
    } finally {
      out = open();
    }
  }

  private Path numbered(int index) {
    return file.resolveSibling(file.getFileName() + "." + index);
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException _) {
      return; // every line was handed to the system when it was written
    }
  }
}
