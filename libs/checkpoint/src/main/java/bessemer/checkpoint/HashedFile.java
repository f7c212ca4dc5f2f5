package bessemer.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A new file that is hashed while it is written. Deleted on closing unless [#finish()] came first.
final class HashedFile implements AutoCloseable {
  /// Small enough to be in the cache still when it is hashed, large enough for the disk.
  private static final int CHUNK = 1 << 19;

  private final Path file;
  private final FileChannel channel;
  private final MessageDigest digest;
  private boolean finished;

  HashedFile(Path file) throws IOException {
    this.file = file;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  void write(MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
      long length = Math.min(CHUNK, bytes.byteSize() - at);
      ByteBuffer chunk = bytes.asSlice(at, length).asByteBuffer();
      digest.update(chunk.duplicate());
      while (chunk.hasRemaining()) {
        channel.write(chunk);
      }
    }
  }

  /// Forces the file to the disk.
  ///
  /// @return its SHA-256 in lower-case hexadecimal digits
  String finish() throws IOException {
    channel.force(true);
    channel.close();
    finished = true;
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (!finished) {
      Files.deleteIfExists(file);
    }
  }
}
