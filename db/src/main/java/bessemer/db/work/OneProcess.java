package bessemer.db.work;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Sees to it that one process of a service works in a home. That lets it use the same name after a
/// restart, and take back at once what it held when it died: the operating system gives the lock of
/// a dead process back, and keeps that of one that merely stands still.
public final class OneProcess implements AutoCloseable {
  private final FileChannel channel;
  private final String name;

  private OneProcess(FileChannel channel, String name) {
    this.channel = channel;
    this.name = name;
  }

  /// @param kind of worker, such as `conversion`
  /// @throws IllegalStateException if another process works in this home
  public static OneProcess in(Path home, String kind) {
    Path file = home.resolve(kind + ".lock");
    try {
      Files.createDirectories(home);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      @Nullable FileLock lock = channel.tryLock();
      if (lock == null) {
        channel.close();
        throw new IllegalStateException(
            "another %s service works in %s; end it first".formatted(kind, home));
      }
      String place = HexFormat.of().toHexDigits(home.toRealPath().toString().hashCode());
      return new OneProcess(channel, kind + "-" + host() + "-" + place);
    } catch (IOException e) {
      throw new IllegalStateException(file + " cannot be locked: " + e.getMessage(), e);
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (java.net.UnknownHostException e) {
      return "localhost";
    }
  }

  /// The worker's name: the same for this home on this machine, always.
  public String workerName() {
    return name;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
