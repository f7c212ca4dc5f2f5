package bessemer.supervisor;

import bessemer.supervisor.postgres.Database;
import bessemer.supervisor.postgres.EmbeddedPostgres;
import bessemer.supervisor.process.Keeper;
import bessemer.supervisor.process.Leftovers;
import bessemer.supervisor.process.Part;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.ProcessMark;
import bessemer.supervisor.process.RotatingLog;
import bessemer.supervisor.process.SupervisorException;
import bessemer.supervisor.process.Time;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The database for the time of one command: the one that runs, or else one that is started for it
/// alone. Nothing else starts meanwhile.
final class OpenDatabase implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Database database;
  private final @Nullable FileLock lock;
  private @Nullable Keeper keeper;

  private OpenDatabase(Database database, @Nullable FileLock lock, @Nullable Keeper keeper) {
    this.database = database;
    this.lock = lock;
    this.keeper = keeper;
  }

  /// @param alone whether the services have to be down
  static OpenDatabase of(Installation installation, Settings settings, boolean alone)
      throws IOException, InterruptedException {
    Optional<Cluster> running = new Startup(installation).running();
    if (running.isPresent()) {
      if (alone) {
        throw new SupervisorException("the services run: end them first with ./bessemer down");
      }
      return new OpenDatabase(running(installation, settings, running.get()), null, null);
    }
    Installation.ownDirectory(installation.home());
    FileLock lock = lock(installation);
    try {
      Optional<Database> external = settings.externalDatabase();
      return external.isPresent()
          ? new OpenDatabase(external.get(), lock, null)
          : started(installation, lock);
    } catch (IOException | SupervisorException e) {
      lock.acquiredBy().close();
      throw e;
    }
  }

  private static Database running(Installation installation, Settings settings, Cluster cluster)
      throws IOException {
    Optional<Database> external = settings.externalDatabase();
    if (external.isPresent()) {
      return external.get();
    }
    Integer port = cluster.ports().get(EmbeddedPostgres.NAME);
    if (port == null) {
      throw new SupervisorException(
          "the services use a database that is not named here: set BESSEMER_DATABASE_URL");
    }
    return EmbeddedPostgres.in(installation.postgres(), installation.cache()).database(port);
  }

  /// The supervisor's: it does not start as long as this one is held.
  private static FileLock lock(Installation installation) throws IOException {
    FileChannel channel =
        FileChannel.open(installation.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
    } catch (OverlappingFileLockException sameProcess) {
      // refused like by another process
    }
    channel.close();
    throw new SupervisorException(
        "another command works on the database of %s: wait for it".formatted(installation.home()));
  }

  private static OpenDatabase started(Installation installation, FileLock lock)
      throws IOException, InterruptedException {
    Installation.ownDirectory(installation.logs());
    Installation.ownDirectory(installation.postgres());
    EmbeddedPostgres postgres = EmbeddedPostgres.in(installation.postgres(), installation.cache());
    Optional<ProcessHandle> leftover = postgres.leftover();
    if (leftover.isPresent()) {
      Leftovers.end(ProcessMark.of(leftover.get()), Part.Signal.INT, PATIENCE);
    }
    postgres.initialize();
    int port = new Ports(Map.of()).internal(EmbeddedPostgres.NAME);
    RotatingLog log = new RotatingLog(installation.log(EmbeddedPostgres.NAME));
    Keeper keeper =
        new Keeper(postgres.part(port), log, new Keeper.Rules(Time.system(), PATIENCE, _ -> {}));
    OpenDatabase open = new OpenDatabase(postgres.database(port), lock, keeper.start());
    PartState state = keeper.state();
    while (state.phase() != PartState.Phase.READY) {
      if (state.phase() == PartState.Phase.WAITING) {
        keeper.stop();
        throw new SupervisorException(
            "PostgreSQL %s\nlast lines of its log:\n%s"
                .formatted(state.note(), LogTail.of(installation.log(EmbeddedPostgres.NAME), 10)));
      }
      Thread.sleep(20);
      state = keeper.state();
    }
    return open;
  }

  Database database() {
    return database;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (keeper != null) {
      keeper.stop();
      keeper = null;
    }
    if (lock != null) {
      lock.acquiredBy().close();
    }
  }
}
