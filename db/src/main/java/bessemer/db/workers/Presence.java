package bessemer.db.workers;

import bessemer.contracts.WorkerBeat;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.Environment;
import org.springframework.dao.DataAccessException;

/// Says every few seconds in the registry of workers that this one is there, and takes no further
/// job while an administrator drains it.
public final class Presence implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Presence.class);

  private final Self self;
  private final Workers workers;
  private final Work work;
  private final Duration pause;
  private final Environment environment;
  private final Thread thread;
  private boolean draining;
  private boolean away;

  /// Who says so.
  ///
  /// @param kind as in [WorkerBeat]
  public record Self(String name, String kind, String version) {
    /// @param program a class of the service, whose jar knows the version
    public static Self of(String name, String kind, Class<?> program) {
      String version = program.getPackage().getImplementationVersion();
      return new Self(name, kind, version == null ? "unknown" : version);
    }
  }

  /// What there is to say of the work, and what an administrator's word does to it.
  ///
  /// @param busy how many jobs run
  /// @param take told whether further jobs are taken
  public record Work(IntSupplier busy, Take take) {
    /// Told whether further jobs are taken.
    public interface Take {
      void more(boolean yes);
    }
  }

  /// @param pause between two beats
  /// @param environment knows the ports once the server listens
  public Presence(Self self, Workers workers, Work work, Duration pause, Environment environment) {
    this.self = self;
    this.workers = workers;
    this.work = work;
    this.pause = pause;
    this.environment = environment;
    this.thread = Thread.ofVirtual().name("presence").unstarted(this::run);
  }

  /// Once the server listens.
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        beat();
        Thread.sleep(pause);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /// A database that is away is told once; the next beat tries again.
  private void beat() {
    try {
      drain(workers.beat(self.name(), null, state()));
      away = false;
    } catch (DataAccessException e) {
      if (!away) {
        LOG.warn("the registry of workers cannot be reached: {}", e.getMessage());
      }
      away = true;
    }
  }

  private void drain(boolean asked) {
    if (asked != draining) {
      draining = asked;
      work.take().more(!asked);
      LOG.info(asked ? "draining: no further job is taken" : "draining ends");
    }
  }

  private WorkerBeat state() {
    return new WorkerBeat(
        self.kind(),
        null,
        managementUrl(),
        null,
        self.version(),
        List.of("cpu"),
        List.of(),
        work.busy().getAsInt(),
        0,
        0);
  }

  private @Nullable String managementUrl() {
    String port = environment.getProperty("local.management.port");
    if (port == null) {
      return null;
    }
    String address = environment.getProperty("management.server.address", "127.0.0.1");
    boolean everywhere = address.equals("0.0.0.0") || address.equals("::");
    String host = everywhere ? ownName() : address;
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private static String ownName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) {
      return "localhost"; // a machine that cannot look itself up is reached from itself at least
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
