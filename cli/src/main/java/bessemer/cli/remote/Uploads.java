package bessemer.cli.remote;

import bessemer.contracts.Artifact;
import bessemer.contracts.SourceRequest;
import bessemer.contracts.SourceView;
import bessemer.foundry.FileHash;
import bessemer.foundry.Progress;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/// Sends sources and reference packs: registers their files by size and SHA-256, then sends what is
/// missing. An upload that broke off goes on where it was, also by the same command later; files
/// that are there already are not sent again.
public final class Uploads {
  private static final Duration LIMIT = Duration.ofHours(12);
  private static final int ATTEMPTS = 5; // that bring nothing

  private final Gateway gateway;
  private final RemoteJobs.Patience patience;
  private final Progress progress;

  /// Whether files are handed over by their path: only to a cluster that sees this file system.
  private boolean byPath;

  /// Bytes that were given to the latest call.
  private final AtomicLong sent = new AtomicLong();

  public Uploads(Gateway gateway, RemoteJobs.Patience patience, Progress progress) {
    this.gateway = gateway;
    this.patience = patience;
    this.progress = progress;
    byPath = gateway.address().own();
  }

  /// @param directory with a checkpoint
  /// @return the id of the source
  public UUID source(Path directory) throws IOException, InterruptedException {
    return send("/api/v1/sources", directory, UploadFiles.ofSource(directory));
  }

  /// @param directory a reference pack
  /// @return the id of the reference
  public UUID reference(Path directory) throws IOException, InterruptedException {
    return send("/api/v1/references", directory, UploadFiles.ofReference(directory));
  }

  /// @param files a corpus; no two are called the same
  /// @return the id of the source that they become
  public UUID corpus(List<Path> files) throws IOException, InterruptedException {
    return send("/api/v1/sources", files.getFirst(), files);
  }

  /// @param named what the source is called after
  private UUID send(String path, Path named, List<Path> files)
      throws IOException, InterruptedException {
    String name = String.valueOf(named.toRealPath().getFileName());
    var request = new SourceRequest(name, hashed(files));
    SourceView view = gateway.post(path, request, Map.of(), SourceView.class);
    if (!view.complete()) {
      String place = path + "/" + view.id();
      progress.step("upload");
      progress.total(missing(view));
      for (Path file : files) {
        send(place, view, file);
      }
      view = gateway.get(place, SourceView.class);
      if (!view.complete()) {
        throw new IOException("the gateway still misses files of %s".formatted(named));
      }
    }
    return view.id();
  }

  private List<Artifact> hashed(List<Path> files) throws IOException {
    progress.step("hash");
    long total = 0;
    for (Path file : files) {
      total += Files.size(file);
    }
    progress.total(total);
    List<Artifact> artifacts = new ArrayList<>();
    for (Path file : files) {
      String name = String.valueOf(file.getFileName());
      String sha256 = FileHash.sha256(file, progress::advance);
      artifacts.add(new Artifact(name, Files.size(file), sha256));
    }
    return artifacts;
  }

  private static long missing(SourceView view) {
    long bytes = 0;
    for (int i = 0; i < view.files().size(); i++) {
      bytes += view.files().get(i).bytes() - view.received().get(i);
    }
    return bytes;
  }

  private void send(String place, SourceView view, Path file)
      throws IOException, InterruptedException {
    int index = index(view, String.valueOf(file.getFileName()));
    Artifact artifact = view.files().get(index);
    long received = view.received().get(index);
    sent.set(0);
    for (int failures = 0; received < artifact.bytes() || artifact.bytes() == 0; ) {
      try {
        sendOnce(place, artifact, file, received);
        return;
      } catch (GatewayException e) {
        if (!goesOn(e) || ++failures == ATTEMPTS) {
          throw e;
        }
      } catch (IOException e) {
        if (++failures == ATTEMPTS) {
          throw e;
        }
      }
      patience.pause(failures);
      long before = received;
      received = received(place, artifact.file(), received);
      progress.advance(received - before - sent.getAndSet(0)); // what was lost on the way
      if (received > before) {
        failures = 0;
      }
    }
  }

  /// 408: the service heard nothing for too long; 409: another upload of this file is under way, or
  /// it has other bytes than we thought.
  private static boolean goesOn(GatewayException e) {
    return e.isTemporary() || e.status() == 408 || e.status() == 409;
  }

  /// What is there by now; what was known before, as long as nobody answers.
  private long received(String place, String file, long before)
      throws IOException, InterruptedException {
    try {
      SourceView view = gateway.get(place, SourceView.class);
      return view.received().get(index(view, file));
    } catch (GatewayException e) {
      if (!e.isTemporary()) {
        throw e;
      }
      return before;
    }
  }

  private static int index(SourceView view, String file) throws IOException {
    for (int i = 0; i < view.files().size(); i++) {
      if (view.files().get(i).file().equals(file)) {
        return i;
      }
    }
    throw new IOException("the gateway's answer does not name " + file);
  }

  private void sendOnce(String place, Artifact artifact, Path file, long from)
      throws IOException, InterruptedException {
    String path = place + "/files/" + Gateway.segment(artifact.file());
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-Content-SHA256", artifact.sha256());
    if (byPath && handedOver(path, file, headers)) {
      progress.advance(artifact.bytes() - from);
      return;
    }
    headers.put("Content-Type", "application/octet-stream");
    if (from > 0) {
      headers.put(
          "Content-Range",
          "bytes %d-%d/%d".formatted(from, artifact.bytes() - 1, artifact.bytes()));
    }
    gateway.put(path, body(file, from, artifact.bytes() - from), headers, LIMIT);
  }

  /// Asks the cluster on this machine to link or copy the file itself.
  private boolean handedOver(String path, Path file, Map<String, String> headers)
      throws IOException, InterruptedException {
    String real = file.toRealPath().toString();
    if (!real.chars().allMatch(c -> c >= ' ' && c < 127)) {
      return false; // a header carries plain ASCII
    }
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put("X-Bessemer-Local-Path", real);
    try {
      gateway.put(path, BodyPublishers.noBody(), all, LIMIT);
      return true;
    } catch (GatewayException e) {
      switch (e.status()) {
        case 400, 403 -> {
          progress.note("files are uploaded: " + e.getMessage());
          byPath = false;
          return false;
        }
        default -> throw e;
      }
    }
  }

  private BodyPublisher body(Path file, long from, long bytes) {
    if (bytes == 0) {
      return BodyPublishers.noBody();
    }
    BodyPublisher stream = BodyPublishers.ofInputStream(() -> counted(file, from));
    return BodyPublishers.fromPublisher(stream, bytes);
  }

  /// The file from an offset on; what is read counts as sent.
  private InputStream counted(Path file, long from) {
    try {
      InputStream in = Files.newInputStream(file);
      in.skipNBytes(from);
      return new FilterInputStream(in) {
        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          int read = super.read(bytes, offset, length);
          if (read > 0) {
            sent.addAndGet(read);
            progress.advance(read);
          }
          return read;
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
