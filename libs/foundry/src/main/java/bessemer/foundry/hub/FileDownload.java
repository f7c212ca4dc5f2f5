package bessemer.foundry.hub;

import bessemer.foundry.Progress;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Brings one file to disk: resumed from its `.part`, verified, synced, then renamed, so that the
/// final name only ever stands for proved bytes.
final class FileDownload {
  private final Tools tools;
  private final HubFile file;
  private final URI address;
  private final Path target;
  private final Path part;

  /// Most bytes that the part had since it was begun, in this run or an earlier one.
  private long reached;

  /// Bytes of the file that the progress knows of; it never hears of a byte twice.
  private long told;

  /// What all files of a snapshot are fetched with.
  record Tools(Requests requests, Retry retry, Surroundings.Writer writer, Progress progress) {}

  FileDownload(Tools tools, HubFile file, URI address, Path target) {
    this.tools = tools;
    this.file = file;
    this.address = address;
    this.target = target;
    this.part = part(target);
  }

  static Path part(Path target) {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  /// Bytes still to come.
  long missing() throws IOException {
    return isDone() ? 0 : file.size() - usable();
  }

  private boolean isDone() throws IOException {
    return Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)
        && Files.size(target) == file.size();
  }

  /// Bytes in the part, none of them if they cannot be the beginning of the file.
  private long usable() throws IOException {
    long size = Files.exists(part) ? Files.size(part) : 0;
    return size <= file.size() ? size : 0;
  }

  void fetch() throws IOException, InterruptedException {
    if (isDone()) {
      return;
    }
    try {
      bring();
    } catch (FileSystemException e) {
      if (Disk.isFull(e)) {
        Files.deleteIfExists(part);
        String message =
            "%s needs %d bytes and the disk with %s is full: make room or choose another cache"
                + " directory. What had arrived of the file is removed";
        throw new HubException(
            Kind.DISK_FULL, message.formatted(file.path(), file.size(), target.getParent()), e);
      }
      throw e;
    }
  }

  private void bring() throws IOException, InterruptedException {
    Files.createDirectories(target.getParent());
    if (Files.isSymbolicLink(part)) {
      throw new FileSystemException(
          part.toString(), null, "is a link inside of a downloaded snapshot; remove it");
    }
    told = usable();
    reached = told;
    String problem = attempt();
    if (!problem.isEmpty()) {
      tools.progress().note("%s: %s; fetching it anew".formatted(file.path(), problem));
      Files.delete(part);
      reached = 0;
      problem = attempt();
    }
    if (!problem.isEmpty()) {
      Files.delete(part);
      String message = "%s: %s, fetched twice. The hub or a proxy altered the file";
      throw new HubException(Kind.CORRUPT, message.formatted(Requests.shown(address), problem));
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// What is wrong with the part after fetching the rest of it, empty if it is the listed file.
  private String attempt() throws IOException, InterruptedException {
    tools.retry().run(Requests.shown(address), () -> reached, this::append);
    long size = Files.size(part);
    if (size != file.size()) {
      return "received %d bytes, the hub lists %d".formatted(size, file.size());
    }
    String digest = file.digest().of(part);
    return digest.equals(file.digest().hex())
        ? ""
        : "digest %s, the hub lists %s".formatted(digest, file.digest().hex());
  }

  private boolean append() throws IOException, InterruptedException {
    try (FileChannel out =
        FileChannel.open(
            part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      if (out.size() < file.size()) {
        HttpResponse<InputStream> answer = tools.requests().get(address, out.size());
        try (InputStream body = answer.body()) {
          receive(answer, body, out);
        }
      }
      onDisk(() -> out.force(true));
      return true;
    }
  }

  /// Appends the body; an answer that does not continue the part starts it anew. One byte more than
  /// listed is kept, so that a file that is too long shows.
  private void receive(HttpResponse<InputStream> answer, InputStream body, FileChannel out)
      throws IOException {
    String range = answer.headers().firstValue("Content-Range").orElse("");
    boolean continues = answer.statusCode() == 206 && range.startsWith("bytes " + out.size() + "-");
    if (!continues) {
      onDisk(() -> out.truncate(0));
    }
    if (!continues && answer.statusCode() != 200) {
      throw new IOException(
          "the hub answers %d and cannot continue the file".formatted(answer.statusCode()));
    }
    copy(body, out.position(out.size()));
  }

  private void copy(InputStream body, FileChannel out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    while (out.position() <= file.size()) {
      long room = file.size() + 1 - out.position();
      int read = body.read(buffer, 0, (int) Math.min(buffer.length, room));
      if (read < 0) {
        return;
      }
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
      while (bytes.hasRemaining()) {
        onDisk(() -> tools.writer().write(out, bytes));
      }
      arrived(out.position());
    }
  }

  private void arrived(long position) {
    reached = Math.max(reached, position);
    long known = Math.min(position, file.size());
    if (known > told) {
      tools.progress().advance(known - told);
      told = known;
    }
  }

  private interface DiskAccess {
    void run() throws IOException;
  }

  /// Channels report a failing disk as a plain [IOException], like the network does; only the
  /// network is worth another attempt.
  private void onDisk(DiskAccess access) throws IOException {
    try {
      access.run();
    } catch (ClosedByInterruptException | FileSystemException e) {
      throw e;
    } catch (IOException e) {
      var failure = new FileSystemException(part.toString(), null, e.getMessage());
      failure.initCause(e);
      throw failure;
    }
  }
}
