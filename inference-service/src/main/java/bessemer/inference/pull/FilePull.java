package bessemer.inference.pull;

import bessemer.contracts.Artifact;
import bessemer.inference.store.Gateway;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one file: goes on where an earlier try was cut, and believes nothing but the SHA-256 of
/// the whole.
final class FilePull {
  private static final Logger LOG = LoggerFactory.getLogger(FilePull.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int TRIES_WITHOUT_PROGRESS = 5;
  private static final int BUFFER = 1 << 20;

  private final Gateway gateway;
  private final HttpClient http;
  private final Duration pause;

  /// @param pause after a connection was cut; doubled each time
  FilePull(Gateway gateway, HttpClient http, Duration pause) {
    this.gateway = gateway;
    this.http = http;
    this.pause = pause;
  }

  /// @param target appears when it is complete and its SHA-256 is right
  /// @throws PullException if it cannot be had
  void pull(String model, Artifact file, Path target) throws IOException, InterruptedException {
    if (Files.exists(target) && Files.size(target) == file.bytes()) {
      return;
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    boolean resumed = Files.exists(part);
    receiveAll(model, file, part);
    String sha256 = sha256(part);
    if (!sha256.equals(file.sha256()) && resumed) { // what lay here may have been the wrong half
      Files.delete(part);
      receiveAll(model, file, part);
      sha256 = sha256(part);
    }
    if (!sha256.equals(file.sha256())) {
      Files.delete(part);
      throw new PullException(
          "%s of model %s: SHA-256 is %s, and the catalogue says %s; the copy is deleted"
              .formatted(file.file(), model, sha256, file.sha256()));
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void receiveAll(String model, Artifact file, Path part)
      throws IOException, InterruptedException {
    Duration wait = pause;
    int tries = 0;
    long had = size(part);
    while (had < file.bytes() || !Files.exists(part)) {
      try {
        receive(model, file, part);
      } catch (PullException e) {
        throw e;
      } catch (IOException e) {
        long has = size(part);
        tries = has > had ? 0 : tries + 1;
        if (tries >= TRIES_WITHOUT_PROGRESS) {
          throw new IOException(
              "%s of model %s broke off at byte %d of %d, %d times: %s"
                  .formatted(file.file(), model, has, file.bytes(), tries, reason(e)),
              e);
        }
        LOG.warn(
            "{} of model {} broke off at byte {} of {}: {}",
            file.file(),
            model,
            has,
            file.bytes(),
            reason(e));
        Thread.sleep(wait);
        wait = has > had ? pause : wait.multipliedBy(2);
      }
      had = size(part);
    }
  }

  private void receive(String model, Artifact file, Path part)
      throws IOException, InterruptedException {
    long from = size(part);
    HttpResponse<InputStream> answer =
        http.send(request(model, file, from), BodyHandlers.ofInputStream());
    try (InputStream body = answer.body();
        Stall stall = Stall.watch(body, PATIENCE)) {
      boolean continued = accepted(model, file, answer, from);
      append(body, stall, file, part, continued ? from : 0);
    }
  }

  private HttpRequest request(String model, Artifact file, long from) {
    URI uri =
        gateway
            .address()
            .resolve("/api/v1/models/%s/files/%s".formatted(model, file.file())); // names, checked
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + gateway.key());
    if (from > 0) {
      request.header("Range", "bytes=%d-".formatted(from));
    }
    return request.build();
  }

  /// Whether the answer goes on at the byte that was asked for; otherwise it begins again.
  private static boolean accepted(
      String model, Artifact file, HttpResponse<InputStream> answer, long from) throws IOException {
    String what = file.file() + " of model " + model;
    boolean continued =
        switch (answer.statusCode()) {
          case 200 -> false;
          case 206 -> true;
          case 404, 410 -> throw new PullException(what + " is not in the catalogue any more");
          case 401, 403 ->
              throw new PullException(
                  what + ": the gateway refuses the worker's key; is its scope worker?");
          case 416 -> throw new PullException(what + " is shorter than the catalogue says");
          default -> throw new IOException(what + ": the gateway answered " + answer.statusCode());
        };
    String tag = answer.headers().firstValue("ETag").orElse("").replace("\"", "");
    if (!tag.isEmpty() && !tag.equals(file.sha256())) {
      throw new PullException(what + " was replaced while it was pulled; ask again");
    }
    String range = answer.headers().firstValue("Content-Range").orElse("");
    if (continued && !range.startsWith("bytes " + from + "-")) {
      throw new PullException("%s: asked for bytes from %d, got '%s'".formatted(what, from, range));
    }
    return continued;
  }

  private static void append(InputStream body, Stall stall, Artifact file, Path part, long from)
      throws IOException, InterruptedException {
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.truncate(from).position(from);
      byte[] buffer = new byte[BUFFER];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (out.position() + n > file.bytes()) {
          throw new PullException(
              "%s is longer than the %d bytes that the catalogue says"
                  .formatted(file.file(), file.bytes()));
        }
        out.write(ByteBuffer.wrap(buffer, 0, n));
        stall.moved();
      }
      out.force(true);
      if (out.position() < file.bytes()) {
        throw new IOException("the answer ended early");
      }
    }
  }

  private static long size(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
