package bessemer.inference.pull;

import bessemer.contracts.Artifact;
import bessemer.contracts.Names;
import bessemer.inference.store.Catalogue;
import bessemer.inference.store.Gateway;
import bessemer.inference.store.ModelStore;
import bessemer.inference.store.StoredModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The catalogue's models on this machine's own disk, in `<root>/<name>/<version>`: a directory of
/// that name is complete and verified, since it gets the name last.
public final class PulledModels implements ModelStore, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PulledModels.class);
  private static final String PART = ".part";
  private static final long KEPT_FREE = 256L << 20;

  private final Catalogue catalogue;
  private final FilePull files;
  private final Path root;
  private final ToLongFunction<Path> usableBytes;
  private final SharedPulls pulls = new SharedPulls();
  private final Set<Path> inUse = ConcurrentHashMap.newKeySet();
  private final FileChannel lock;

  /// @param usableBytes of the disk on which a directory lies
  PulledModels(Catalogue catalogue, FilePull files, Path root, ToLongFunction<Path> usableBytes) {
    this.catalogue = catalogue;
    this.files = files;
    this.root = root.toAbsolutePath().normalize();
    this.usableBytes = usableBytes;
    this.lock = locked(this.root);
  }

  /// @param root for the copies; one process at a time may have it
  /// @throws IllegalStateException if another process has it
  public static PulledModels open(
      Catalogue catalogue, Gateway gateway, HttpClient http, Path root) {
    var files = new FilePull(gateway, http, Duration.ofSeconds(1));
    return new PulledModels(catalogue, files, root, PulledModels::usable);
  }

  private static long usable(Path directory) {
    try {
      return Files.getFileStore(directory).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<StoredModel> list() {
    return catalogue.list();
  }

  @Override
  public Optional<StoredModel> find(String name) {
    return catalogue.find(name);
  }

  @Override
  public Path directory(StoredModel model) throws IOException, InterruptedException {
    Path target = target(model);
    inUse.add(target); // before the look, so that nobody removes what is found
    try {
      if (!isComplete(model, target)) {
        pulls.join(target, () -> pull(model, target));
      }
      return target;
    } catch (IOException | InterruptedException | RuntimeException e) {
      inUse.remove(target);
      throw e;
    }
  }

  /// A version that is not the newest any more goes with its last use.
  @Override
  public void released(StoredModel model) {
    Path target = target(model);
    inUse.remove(target);
    try {
      boolean newest =
          catalogue.find(model.name()).filter(m -> m.version().equals(model.version())).isPresent();
      if (!newest) {
        remove(target);
      }
    } catch (RuntimeException | IOException e) { // the next pull of this model tries again
      LOG.warn("{} stays for now: {}", target, e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  private Path target(StoredModel model) {
    Path folder = root.resolve(Names.model("model", model.name()));
    return folder.resolve(Names.file("version", model.version()));
  }

  private static boolean isComplete(StoredModel model, Path target) throws IOException {
    if (!Files.isDirectory(target)) {
      return false;
    }
    for (Artifact file : model.files()) {
      Path there = target.resolve(Names.file("file", file.file()));
      if (!Files.isRegularFile(there) || Files.size(there) != file.bytes()) {
        return false;
      }
    }
    return true;
  }

  private void pull(StoredModel model, Path target) throws IOException, InterruptedException {
    if (isComplete(model, target)) { // by one who was a moment earlier
      return;
    }
    Path part = target.resolveSibling(target.getFileName() + PART);
    removeOthers(model, target, part);
    if (Files.isDirectory(target)) { // somebody took files out of it: what is left is kept
      remove(part);
      Files.move(target, part, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.createDirectories(part);
    checkSpace(model, part);
    LOG.info("pulling {} {}: {} bytes", model.name(), model.version(), model.bytes());
    try {
      for (Artifact file : model.files()) {
        files.pull(model.name(), file, part.resolve(Names.file("file", file.file())));
      }
    } catch (PullException e) {
      remove(part); // what cannot be had needs no beginning
      throw e;
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    LOG.info("pulled {} {}", model.name(), model.version());
  }

  private void checkSpace(StoredModel model, Path part) throws IOException {
    long missing = model.files().stream().mapToLong(Artifact::bytes).sum() - bytes(part);
    long usable = usableBytes.applyAsLong(part);
    if (missing + KEPT_FREE > usable) {
      throw new PullException(
          ("model %s needs %d MB more in %s, and %d MB are free there, of which %d are to stay so;"
                  + " make room, or set BESSEMER_HOME to a larger disk")
              .formatted(model.name(), mega(missing), root, mega(usable), mega(KEPT_FREE)));
    }
  }

  /// Other versions of this model, and models that the catalogue does not have any more.
  private void removeOthers(StoredModel model, Path target, Path part) throws IOException {
    for (Path version : children(root.resolve(model.name()))) {
      if (!version.equals(target) && !version.equals(part)) {
        removeUnused(version);
      }
    }
    Set<String> known =
        catalogue.list().stream().map(StoredModel::name).collect(Collectors.toUnmodifiableSet());
    for (Path folder : children(root)) {
      if (Files.isDirectory(folder) && !known.contains(String.valueOf(folder.getFileName()))) {
        for (Path version : children(folder)) {
          removeUnused(version);
        }
      }
    }
  }

  private void removeUnused(Path version) throws IOException {
    String name = String.valueOf(version.getFileName());
    String complete = name.endsWith(PART) ? name.substring(0, name.length() - PART.length()) : name;
    if (!inUse.contains(version.resolveSibling(complete))) {
      LOG.info("removing {}", version);
      remove(version);
    }
  }

  /// Renamed first: half of a removed directory must not pass for a model.
  private static void remove(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    Path gone = directory;
    if (!String.valueOf(directory.getFileName()).endsWith(PART)) {
      gone = directory.resolveSibling(directory.getFileName() + ".gone" + PART);
      Files.move(directory, gone, StandardCopyOption.ATOMIC_MOVE);
    }
    for (Path file : children(gone)) {
      Files.delete(file);
    }
    Files.delete(gone);
  }

  private static List<Path> children(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static long bytes(Path directory) throws IOException {
    long bytes = 0;
    for (Path file : children(directory)) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  private static long mega(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  private static FileChannel locked(Path root) {
    try {
      Files.createDirectories(root);
      Path file = root.resolve(".lock");
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) { // in this process
        lock = null;
      }
      if (lock == null) {
        channel.close();
        throw new IllegalStateException(
            "another worker keeps its models in %s; give this one a BESSEMER_HOME of its own"
                .formatted(root));
      }
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException("no models can be kept in " + root, e);
    }
  }
}
