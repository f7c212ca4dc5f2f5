package bessemer.conversion.sources;

import bessemer.contracts.Artifact;
import bessemer.conversion.sources.UploadException.Reason;
import bessemer.db.catalogue.Source;
import bessemer.foundry.convert.Disk;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Writes what comes of a file to its part, and ends with the whole file once all has come.
final class Uploads {
  private static final int BUFFER = 1 << 18;

  private final SourceFolders folders;
  private final Arrival arrival;
  private final Counter bytes;

  /// @param bytes counts what came
  Uploads(SourceFolders folders, Arrival arrival, Counter bytes) {
    this.folders = folders;
    this.arrival = arrival;
    this.bytes = bytes;
  }

  /// The caller has the turn of this file, and room for it was found.
  ///
  /// @return how many bytes are here; all of them are checked then
  /// @throws UploadException if the body does not fit or breaks off; what came before stays
  long receive(Source source, Artifact file, ByteRange range, InputStream body) throws IOException {
    Path part = folders.part(source, file.file());
    Files.createDirectories(folders.folder(source));
    long received;
    MessageDigest digest = range.from() == 0 ? sha256() : null;
    try (FileChannel out = open(part)) {
      begin(out, range, file);
      received = write(out, range, body, digest, file);
    }
    if (received == file.bytes()) {
      arrival.finish(source, file, part, digest == null ? null : hex(digest));
    }
    return received;
  }

  private static FileChannel open(Path part) throws IOException {
    return FileChannel.open(
        part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }

  private static void begin(FileChannel out, ByteRange range, Artifact file) throws IOException {
    if (range.restart()) {
      out.truncate(0);
    }
    if (out.size() != range.from()) {
      throw new UploadException(
          Reason.WRONG_OFFSET,
          out.size(),
          "%s: %d of %d bytes are here, the body begins at %d: send the bytes from %d on"
              .formatted(file.file(), out.size(), file.bytes(), range.from(), out.size()));
    }
    out.position(range.from());
  }

  private long write(
      FileChannel out,
      ByteRange range,
      InputStream body,
      @Nullable MessageDigest digest,
      Artifact file)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int n = read(body, buffer, out, file); n >= 0; n = read(body, buffer, out, file)) {
      if (n > range.end() - out.position()) {
        out.truncate(range.from());
        throw new UploadException(
            Reason.TOO_LONG,
            range.from(),
            "%s: more than the %d bytes that were to come, of %d declared; none of them was kept"
                .formatted(file.file(), range.length(), file.bytes()));
      }
      append(out, ByteBuffer.wrap(buffer, 0, n), file);
      if (digest != null) {
        digest.update(buffer, 0, n);
      }
      bytes.increment(n);
    }
    return out.position();
  }

  private static void append(FileChannel out, ByteBuffer bytes, Artifact file) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      if (Disk.isFull(e)) {
        throw new UploadException(
            Reason.NO_SPACE,
            out.size(),
            "%s: the disk is full after %d of %d bytes: make room, then send the rest"
                .formatted(file.file(), out.size(), file.bytes()));
      }
      throw e;
    }
  }

  private static int read(InputStream body, byte[] buffer, FileChannel out, Artifact file)
      throws IOException {
    try {
      return body.read(buffer);
    } catch (IOException e) {
      boolean silent = e instanceof SocketTimeoutException;
      var cut =
          new UploadException(
              silent ? Reason.SILENT : Reason.CUT,
              out.position(),
              "%s: %s after %d of %d bytes: send the rest"
                  .formatted(
                      file.file(),
                      silent ? "nothing came for too long" : "the connection broke",
                      out.position(),
                      file.bytes()));
      cut.initCause(e);
      throw cut;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
