package bessemer.foundry.hub;

import bessemer.foundry.Progress;
import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Downloads snapshots of model repositories into `<cache>/hub/<org>--<name>/<commit>/`.
///
/// A snapshot belongs to one process at a time: a second one is told so at once ([Kind#BUSY])
/// rather than kept waiting without a word.
public final class HubClient {
  private final HubSettings settings;
  private final Path cache;
  private final Surroundings surroundings;
  private final Requests requests;
  private final Retry retry;

  /// A client that keeps its snapshots below `cache`.
  public HubClient(HubSettings settings, Path cache) {
    this(settings, cache, Surroundings.real());
  }

  HubClient(HubSettings settings, Path cache, Surroundings surroundings) {
    this.settings = settings;
    this.cache = cache;
    this.surroundings = surroundings;
    requests = new Requests(settings, surroundings.alarm(), surroundings.resolver());
    retry = new Retry(settings.attempts(), surroundings.sleeper());
  }

  /// The directory with what a conversion of `source` reads: downloaded, or in offline mode found
  /// in the cache.
  public Path fetch(HubSource source, Progress progress) throws IOException, InterruptedException {
    if (settings.offline()) {
      return cached(source);
    }
    progress.step("download");
    Snapshot snapshot = resolve(source).forConversion();
    Path directory = download(snapshot, progress);
    for (String name : List.of(source.revision(), snapshot.commit())) {
      Path reference = reference(source, name);
      Files.createDirectories(reference.getParent());
      Files.writeString(reference, snapshot.commit());
    }
    return directory;
  }

  /// Pins the revision to a commit and lists its files.
  public Snapshot resolve(HubSource source) throws IOException, InterruptedException {
    return new Listing(settings, requests, retry).snapshot(source);
  }

  /// Downloads all files of `snapshot` that are not there yet and returns their directory.
  public Path download(Snapshot snapshot, Progress progress)
      throws IOException, InterruptedException {
    Path repository = repository(snapshot.source());
    Path directory = repository.resolve(snapshot.commit());
    Files.createDirectories(directory);
    Path lockFile = repository.resolve(snapshot.commit() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = lock(channel, snapshot)) {
      List<FileDownload> downloads = downloads(snapshot, directory, progress);
      long needed = 0;
      for (FileDownload download : downloads) {
        needed += download.missing();
      }
      requireSpace(snapshot, directory, needed);
      progress.total(needed);
      for (FileDownload download : downloads) {
        download.fetch();
      }
    }
    return directory;
  }

  private List<FileDownload> downloads(Snapshot snapshot, Path directory, Progress progress)
      throws IOException {
    var tools = new FileDownload.Tools(requests, retry, surroundings.writer(), progress);
    List<FileDownload> downloads = new ArrayList<>();
    for (HubFile file : snapshot.files()) {
      Path target = inside(directory, file.path());
      downloads.add(new FileDownload(tools, file, address(snapshot, file), target));
    }
    return downloads;
  }

  /// The place of a file, to which no link may lead: a snapshot is written nowhere else.
  private static Path inside(Path directory, String path) throws IOException {
    Path place = directory;
    for (String name : path.split("/")) {
      place = place.resolve(name);
      if (Files.isSymbolicLink(place)) {
        throw new FileSystemException(
            place.toString(), null, "is a link inside of a downloaded snapshot; remove it");
      }
    }
    return place;
  }

  private static FileLock lock(FileChannel channel, Snapshot snapshot) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
    } catch (OverlappingFileLockException e) {
      throw busy(snapshot, e);
    }
    throw busy(snapshot, new IOException("locked by another process"));
  }

  private static HubException busy(Snapshot snapshot, Exception cause) {
    return new HubException(
        Kind.BUSY,
        "%s (%s) is being downloaded already: wait until that is done, then run again"
            .formatted(snapshot.source(), snapshot.commit()),
        cause);
  }

  private void requireSpace(Snapshot snapshot, Path directory, long needed) throws IOException {
    long usable = surroundings.disk().usableBytes(directory);
    if (needed > usable) {
      throw new HubException(
          Kind.DISK_FULL,
          "%s needs %d more bytes, %s has %d free: make room or choose another cache directory"
              .formatted(snapshot.source(), needed, cache, usable));
    }
  }

  private Path cached(HubSource source) throws IOException {
    Path reference = reference(source, source.revision());
    String commit = Files.exists(reference) ? Files.readString(reference) : "";
    Path directory = repository(source).resolve(commit);
    if (Snapshot.isCommit(commit) && Files.isDirectory(directory)) {
      return directory;
    }
    throw new HubException(
        Kind.NOT_CACHED,
        "%s is not complete in %s and HF_HUB_OFFLINE is set: unset it, or convert a directory:"
                .formatted(source, cache)
            + " bessemer convert ./folder");
  }

  private Path repository(HubSource source) {
    return cache.resolve("hub").resolve(source.directoryName());
  }

  /// Names the commit of the last complete download of a revision; a commit names itself.
  private Path reference(HubSource source, String revision) {
    return repository(source).resolve("refs").resolve(Listing.encoded(revision));
  }

  private URI address(Snapshot snapshot, HubFile file) {
    String path =
        Arrays.stream(file.path().split("/"))
            .map(Listing::encoded)
            .collect(Collectors.joining("/"));
    String repository = snapshot.source().repository();
    return URI.create(
        "%s/%s/resolve/%s/%s".formatted(settings.endpoint(), repository, snapshot.commit(), path));
  }
}
