package bessemer.foundry.convert;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the conversion asks of the disk besides reading and writing.
@FunctionalInterface
public interface Disk {
  /// Bytes that can be written below `directory`.
  long usableBytes(Path directory) throws IOException;

  static Disk real() {
    return directory -> Files.getFileStore(directory).getUsableSpace();
  }

  /// A failure to write because there is no room left.
  final class Full extends FileSystemException {
    private static final long serialVersionUID = 1L;

    Full(Path place, String reason) {
      super(place.toString(), null, reason);
    }
  }

  /// Whether the operating system said so.
  static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return e instanceof Full
        || message.contains("No space left on device")
        || message.contains("Disk quota exceeded")
        || message.contains("not enough space");
  }
}
