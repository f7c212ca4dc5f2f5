package bessemer.foundry.hub;

import java.util.List;

/// A file of a snapshot as the hub lists it: relative path with `/`, size in bytes, digest.
public record HubFile(String path, long size, Digest digest) {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_LENGTH = 512;

  /// What proves that the bytes are the listed ones.
  public sealed interface Digest {
    /// Lower-case hexadecimal digits.
    String hex();
  }

  /// SHA-256 of the content: files in large file storage.
  public record Sha256(String hex) implements Digest {
    public Sha256 {
      requireHex(hex, 64);
    }
  }

  /// SHA-1 that git gives a blob (over `blob <size>\0` and the content): small files.
  public record GitBlob(String hex) implements Digest {
    public GitBlob {
      requireHex(hex, 40);
    }
  }

  public HubFile {
    if (size < 0) {
      throw new IllegalArgumentException("%s: negative size %d".formatted(path, size));
    }
    if (!isSafe(path)) {
      throw new IllegalArgumentException("unsafe file name \"%s\"".formatted(printable(path)));
    }
  }

  private static boolean isSafe(String path) {
    List<String> parts = List.of(path.split("/", -1));
    return path.length() <= MAX_LENGTH
        && parts.size() <= MAX_DEPTH
        && path.chars().noneMatch(c -> c < ' ' || c == 127 || c == '\\' || c == ':')
        && parts.stream().noneMatch(p -> p.isEmpty() || p.equals(".") || p.equals(".."));
  }

  private static String printable(String path) {
    String shown = path.replaceAll("\\p{Cntrl}", "?");
    return shown.length() <= 80 ? shown : shown.substring(0, 80) + "…";
  }

  private static void requireHex(String hex, int length) {
    if (!hex.matches("[0-9a-f]{" + length + "}")) {
      throw new IllegalArgumentException(
          "not a digest of %d hexadecimal digits: \"%s\"".formatted(length, printable(hex)));
    }
  }
}
