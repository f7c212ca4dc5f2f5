package bessemer.gateway.access;

import bessemer.contracts.KeyRequest;
import bessemer.contracts.Scope;
import bessemer.db.access.ApiKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/// A new installation's keys: one for its administrator, one for the inference worker beside the
/// gateway. They are written to files that only their owner can read, before the first request.
final class FirstKeys implements SmartInitializingSingleton {
  private static final Logger LOG = LoggerFactory.getLogger(FirstKeys.class);

  private final ApiKeys keys;
  private final Path home;

  FirstKeys(ApiKeys keys, Path home) {
    this.keys = keys;
    this.home = home;
  }

  @Override
  public void afterSingletonsInstantiated() {
    first("admin.key", new KeyRequest("first administrator", Set.of(Scope.ADMIN), null));
    worker(new KeyRequest("worker on the gateway's machine", Set.of(Scope.WORKER), null));
  }

  private void first(String file, KeyRequest request) {
    Scope scope = request.scopes().iterator().next();
    if (keys.createFirst(request, scope, key -> write(home.resolve(file), key))) {
      LOG.info("no key had the scope {}; a new one is in {}", scope, home.resolve(file));
    }
  }

  /// The file's key may be of another database: then the worker gets a new one. A revoked key stays
  /// revoked.
  private void worker(KeyRequest request) {
    Path file = home.resolve("worker.key");
    try {
      if (Files.exists(file) && keys.knows(Files.readString(file).strip())) {
        return;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    write(file, Objects.requireNonNull(keys.create(request, "default").key()));
    LOG.info("a new worker's key is in {}", file);
  }

  /// Never there in part, never readable by others, not even for a moment.
  private static void write(Path file, String key) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.deleteIfExists(part);
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(part, key + "\n", StandardOpenOption.WRITE);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the key to " + file, e);
    }
  }
}
