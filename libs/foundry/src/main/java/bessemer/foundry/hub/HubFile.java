package bessemer.foundry.hub;

import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// A file of a snapshot as the hub lists it: relative path with `/`, size in bytes, digest.
public record HubFile(String path, long size, Digest digest) {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_LENGTH = 512;
  private static final long MAX_SIZE = 1L << 44;
  private static final Pattern UNPRINTABLE = Pattern.compile("\\p{C}");

  /// What proves that the bytes are the listed ones.
  public sealed interface Digest {
    /// Lower-case hexadecimal digits.
    String hex();

    /// What `content` has instead of [#hex()] by the same rule; equal if it is the listed file.
    String of(Path content) throws IOException;
  }

  /// SHA-256 of the content: files in large file storage.
  public record Sha256(String hex) implements Digest {
    public Sha256 {
      requireHex(hex, 64);
    }

    @Override
    public String of(Path content) throws IOException {
      return FileHash.sha256(content);
    }
  }

  /// SHA-1 that git gives a blob (over `blob <size>\0` and the content): small files.
  public record GitBlob(String hex) implements Digest {
    public GitBlob {
      requireHex(hex, 40);
    }

    @Override
    public String of(Path content) throws IOException {
      return FileHash.gitBlob(content);
    }
  }

  public HubFile {
    if (!isSafe(path)) {
      throw new IllegalArgumentException("unsafe file name \"%s\"".formatted(printable(path)));
    }
    if (size < 0 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "%s: %d bytes, expected 0 to %d".formatted(path, size, MAX_SIZE));
    }
  }

  private static boolean isSafe(String path) {
    List<String> parts = List.of(path.split("/", -1));
    return path.length() <= MAX_LENGTH
        && parts.size() <= MAX_DEPTH
        && path.chars().noneMatch(c -> c == '\\' || c == ':')
        && !UNPRINTABLE.matcher(path).find()
        && parts.stream().noneMatch(p -> p.isEmpty() || p.equals(".") || p.equals(".."));
  }

  private static String printable(String path) {
    String shown = UNPRINTABLE.matcher(path).replaceAll("?");
    return shown.length() <= 80 ? shown : shown.substring(0, 80) + "…";
  }

  private static void requireHex(String hex, int length) {
    if (!hex.matches("[0-9a-f]{" + length + "}")) {
      throw new IllegalArgumentException(
          "not a digest of %d hexadecimal digits: \"%s\"".formatted(length, printable(hex)));
    }
  }
}
