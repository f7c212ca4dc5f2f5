package bessemer.foundry.hub;

import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Brings one file to disk: resumed from its `.part`, verified, synced, then renamed, so that the
/// final name only ever stands for proved bytes.
final class FileDownload {
  private final Requests requests;
  private final Retry retry;
  private final Progress progress;

  FileDownload(Requests requests, Retry retry, Progress progress) {
    this.requests = requests;
    this.retry = retry;
    this.progress = progress;
  }

  static boolean isDone(HubFile file, Path target) throws IOException {
    return Files.isRegularFile(target) && Files.size(target) == file.size();
  }

  static Path part(Path target) {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  /// Bytes of `file` still to come.
  static long missing(HubFile file, Path target) throws IOException {
    Path part = part(target);
    long have = Files.exists(part) ? Math.min(Files.size(part), file.size()) : 0;
    return isDone(file, target) ? 0 : file.size() - have;
  }

  void fetch(HubFile file, URI address, Path target) throws IOException, InterruptedException {
    if (isDone(file, target)) {
      progress.at(file, file.size());
      return;
    }
    Files.createDirectories(target.getParent());
    Path part = part(target);
    boolean resumed = Files.exists(part);
    String problem = attempt(file, address, part);
    if (!problem.isEmpty()) {
      Files.delete(part);
      problem = attempt(file, address, part);
    }
    if (!problem.isEmpty()) {
      Files.delete(part);
      String message = "%s: %s, fetched twice%s. The hub or a proxy altered the file";
      String again = resumed ? " (the first time resumed)" : "";
      throw new HubException(
          Kind.CORRUPT, message.formatted(Requests.shown(address), problem, again));
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// What is wrong with the part after fetching the rest of it, empty if it is the listed file.
  private String attempt(HubFile file, URI address, Path part)
      throws IOException, InterruptedException {
    retry.run(Requests.shown(address), () -> append(file, address, part));
    long size = Files.size(part);
    if (size != file.size()) {
      return "received %d bytes, the hub lists %d".formatted(size, file.size());
    }
    String digest = digest(file, part);
    return digest.equals(file.digest().hex())
        ? ""
        : "digest %s, the hub lists %s".formatted(digest, file.digest().hex());
  }

  private boolean append(HubFile file, URI address, Path part)
      throws IOException, InterruptedException {
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long have = out.size();
      if (have < file.size()) {
        HttpResponse<InputStream> answer = requests.get(address, have);
        try (InputStream body = answer.body()) {
          receive(file, answer, body, out);
        }
      }
      out.force(true);
      return true;
    }
  }

  /// Appends the body; an answer that does not continue the part starts it anew. One byte more than
  /// listed is kept, so that a file that is too long shows.
  private void receive(
      HubFile file, HttpResponse<InputStream> answer, InputStream body, FileChannel out)
      throws IOException {
    String range = answer.headers().firstValue("Content-Range").orElse("");
    boolean continues = answer.statusCode() == 206 && range.startsWith("bytes " + out.size() + "-");
    if (!continues) {
      out.truncate(0);
    }
    if (!continues && answer.statusCode() != 200) {
      throw new IOException(
          "%s: the hub cannot continue (%d \"%s\"), starting anew"
              .formatted(file.path(), answer.statusCode(), range));
    }
    copy(file, body, out.position(out.size()));
  }

  private void copy(HubFile file, InputStream body, FileChannel out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    while (out.position() <= file.size()) {
      long room = file.size() + 1 - out.position();
      int read = body.read(buffer, 0, (int) Math.min(buffer.length, room));
      if (read < 0) {
        return;
      }
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      progress.at(file, Math.min(out.position(), file.size()));
    }
  }

  private static String digest(HubFile file, Path part) throws IOException {
    MessageDigest digest =
        switch (file.digest()) {
          case HubFile.Sha256 _ -> algorithm("SHA-256");
          case HubFile.GitBlob _ -> algorithm("SHA-1");
        };
    if (file.digest() instanceof HubFile.GitBlob) {
      digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(part)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
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
