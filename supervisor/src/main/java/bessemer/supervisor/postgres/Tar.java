package bessemer.supervisor.postgres;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;

/// Unpacks a tar archive of files, directories and symbolic links.
///
/// | offset | header field |
/// |---|---|
/// | 0 | name, 100 bytes |
/// | 100 | mode, octal |
/// | 124 | size, octal |
/// | 156 | type: `0` file, `2` symbolic link, `5` directory |
/// | 157 | target of the link, 100 bytes |
/// | 345 | what comes before the name, 155 bytes |
final class Tar {
  private static final int BLOCK = 512;

  private Tar() {}

  static void unpack(InputStream in, Path into) throws IOException {
    byte[] header = new byte[BLOCK];
    while (in.readNBytes(header, 0, BLOCK) == BLOCK && header[0] != 0) {
      entry(in, header, into);
    }
  }

  private static void entry(InputStream in, byte[] header, Path into) throws IOException {
    String prefix = text(header, 345, 155);
    String name = prefix.isEmpty() ? text(header, 0, 100) : prefix + "/" + text(header, 0, 100);
    Path target = inside(into, into.resolve(name), name);
    switch (header[156]) {
      case '5' -> Files.createDirectories(target);
      case '2' -> {
        Path link = Path.of(text(header, 157, 100));
        inside(into, into.resolve(name).resolveSibling(link), name);
        Files.createDirectories(parent(target));
        Files.createSymbolicLink(target, link);
      }
      case '0', 0 -> file(in, header, target);
      default ->
          throw new IOException(
              "entry %s is of type '%c', which is not unpacked".formatted(name, header[156]));
    }
  }

  private static void file(InputStream in, byte[] header, Path target) throws IOException {
    Files.createDirectories(parent(target));
    long size = octal(header, 124, 12);
    try (OutputStream out = Files.newOutputStream(target)) {
      copy(in, out, size);
    }
    boolean executable = (octal(header, 100, 8) & 0b001_000_000) != 0;
    Files.setPosixFilePermissions(
        target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
  }

  private static void copy(InputStream in, OutputStream out, long size) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long left = size;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException("the archive ends %d bytes early".formatted(left));
      }
      out.write(buffer, 0, read);
      left -= read;
    }
  }

  private static Path inside(Path root, Path target, String name) throws IOException {
    Path normal = target.normalize();
    if (!normal.startsWith(root)) {
      throw new IOException(String.format(Locale.ROOT, "entry %s leaves the archive", name));
    }
    return normal;
  }

  private static Path parent(Path file) throws IOException {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IOException(file + " has no directory");
    }
    return parent;
  }

  private static String text(byte[] header, int offset, int length) {
    int end = offset;
    while (end < offset + length && header[end] != 0) {
      end++;
    }
    return new String(header, offset, end - offset, StandardCharsets.UTF_8);
  }

  private static long octal(byte[] header, int offset, int length) {
    return Long.parseLong(text(header, offset, length).strip(), 8);
  }
}
