package bessemer.supervisor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what is added to a log file, also when a new file takes its place.
public final class LogFollower {
  private final Path file;
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private @Nullable Object identity;
  private long position;

  /// Starts at the present end.
  public LogFollower(Path file) throws IOException {
    this.file = file;
    if (Files.exists(file)) {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      identity = attributes.fileKey();
      position = attributes.size();
    }
  }

  /// Whole lines that came since the last call.
  public List<String> fresh() throws IOException {
    List<String> lines = new ArrayList<>();
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      Object now = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      if (identity == null || !identity.equals(now) || channel.size() < position) {
        identity = now;
        position = 0;
        unfinished.reset();
      }
      channel.position(position);
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      for (int read = channel.read(buffer); read > 0; read = channel.read(buffer.clear())) {
        position += read;
        split(buffer.flip(), lines);
      }
    } catch (NoSuchFileException _) {
      return lines; // not written yet
    }
    return lines;
  }

  private void split(ByteBuffer bytes, List<String> lines) {
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      if (next == '\n') {
        lines.add(unfinished.toString(StandardCharsets.UTF_8));
        unfinished.reset();
      } else {
        unfinished.write(next);
      }
    }
  }
}
