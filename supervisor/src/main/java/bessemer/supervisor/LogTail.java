package bessemer.supervisor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The end of a log file, read from its end.
public final class LogTail {
  private static final int PER_LINE = 2_000;

  private LogTail() {}

  /// The last lines in one text.
  static String of(Path log, int lines) throws IOException {
    return String.join("\n", lines(log, lines));
  }

  /// Not more than this many; none when there is no such file.
  public static List<String> lines(Path log, int lines) throws IOException {
    if (!Files.exists(log)) {
      return List.of();
    }
    try (SeekableByteChannel channel = Files.newByteChannel(log)) {
      long size = channel.size();
      int length = (int) Math.min(size, Math.max(1, (long) lines) * PER_LINE);
      ByteBuffer end = ByteBuffer.allocate(length);
      channel.position(size - length);
      while (end.hasRemaining() && channel.read(end) >= 0) {
        continue;
      }
      List<String> all =
          new String(end.array(), 0, end.position(), StandardCharsets.UTF_8).lines().toList();
      return all.subList(Math.max(0, all.size() - lines), all.size());
    }
  }
}
