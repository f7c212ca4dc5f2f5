package bessemer.foundry.convert;

import bessemer.foundry.BadRequestException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Keeps a second conversion out of a workspace, also one of another process. The operating system
/// gives the lock back when the process dies.
final class WorkspaceLock implements AutoCloseable {
  private static final String NAME = "lock";

  private final FileChannel channel;

  private WorkspaceLock(FileChannel channel) {
    this.channel = channel;
  }

  /// @param output what is made in the workspace, for the message
  static WorkspaceLock take(Path workspace, Path output) throws IOException {
    while (true) {
      Files.createDirectories(workspace);
      Path file = workspace.resolve(NAME);
      FileChannel channel;
      try {
        channel =
            FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      } catch (NoSuchFileException e) {
        continue; // the holder before us removed its workspace just now
      }
      if (lock(channel) == null) {
        channel.close();
        throw new BadRequestException(
            "another conversion into "
                + output
                + " is running; wait for it or name another output");
      }
      if (isStill(channel, file)) {
        return new WorkspaceLock(channel);
      }
      channel.close();
    }
  }

  private static @Nullable Object lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /// Whether the file that is locked is the one under that name, and not one that its owner removed
  /// between our opening and locking it.
  private static boolean isStill(FileChannel channel, Path file) throws IOException {
    byte[] mark = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(mark), 0);
    try {
      return Arrays.equals(mark, Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
