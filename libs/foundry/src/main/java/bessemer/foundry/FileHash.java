package bessemer.foundry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/// Digests of contents, in lower-case hexadecimal digits.
public final class FileHash {
  private static final int BUFFER = 1 << 18;

  private FileHash() {}

  public static String sha256(Path file) throws IOException {
    return sha256(file, _ -> {});
  }

  /// @param read told how many bytes were read since it was told last
  public static String sha256(Path file, LongConsumer read) throws IOException {
    return hex(algorithm("SHA-256"), file, read);
  }

  /// Of bytes in memory.
  public static String sha256(byte[] content) {
    return HexFormat.of().formatHex(algorithm("SHA-256").digest(content));
  }

  /// SHA-1 that git gives a blob: over `blob <size>\0` and the content.
  public static String gitBlob(Path file) throws IOException {
    MessageDigest digest = algorithm("SHA-1");
    String header = "blob " + Files.size(file) + "\0";
    digest.update(header.getBytes(StandardCharsets.US_ASCII));
    return hex(digest, file, _ -> {});
  }

  private static String hex(MessageDigest digest, Path file, LongConsumer told) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
        told.accept(read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest algorithm(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + name, e);
    }
  }
}
