package bessemer.supervisor;

import bessemer.supervisor.Cluster.Phase;
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
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// The process that keeps the others: starts them in their order, writes down what runs, and ends
/// them when it is asked to end itself. One per home directory.
final class Supervisor {
  static final int STOPPED = 0;
  static final int FAILED = 1;
  static final int ANOTHER_RUNS = 7;

  /// How long things may take.
  ///
  /// @param start of one stage
  /// @param stop of one part, before it is killed
  record Limits(Duration start, Duration stop) {
    static final Limits USUAL = new Limits(Duration.ofMinutes(10), Duration.ofSeconds(20));
  }

  /// What it waits for with everything up.
  @FunctionalInterface
  interface Until {
    void await() throws InterruptedException;

    /// Only the end of the process.
    static Until asked() {
      return new CountDownLatch(1)::await;
    }
  }

  private final Installation installation;
  private final Plan.Maker maker;
  private final Limits limits;
  private final Time time;
  private final Map<String, PartState> states = new LinkedHashMap<>(); // guarded by this
  private final List<List<Keeper>> stages = new ArrayList<>(); // in the order of their start
  private final CountDownLatch finished = new CountDownLatch(1);
  private Cluster cluster; // guarded by this

  Supervisor(Installation installation, Plan.Maker maker, Limits limits, Time time) {
    this.installation = installation;
    this.maker = maker;
    this.limits = limits;
    this.time = time;
    String version = Supervisor.class.getPackage().getImplementationVersion();
    this.cluster =
        new Cluster(
            version == null ? "unpackaged" : version,
            Phase.STARTING,
            "",
            null,
            Map.of(),
            ProcessMark.of(ProcessHandle.current()),
            List.of(),
            null);
  }

  /// Runs until the process is asked to end, or until the given time, when all is up, comes.
  ///
  /// @return the exit code
  int run(Until until) throws IOException {
    Installation.ownDirectory(installation.home());
    Installation.ownDirectory(installation.logs());
    try (FileChannel channel =
            FileChannel.open(
                installation.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        return ANOTHER_RUNS;
      }
      try (RotatingLog log = new RotatingLog(installation.log("supervisor"))) {
        return keep(log, until);
      }
    }
  }

  private int keep(RotatingLog log, Until until) throws IOException {
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(main), "stop"));
    try {
      return serve(log, until);
    } finally {
      finished.countDown();
    }
  }

  private int serve(RotatingLog log, Until until) throws IOException {
    try {
      start(log);
      become(Phase.UP, null);
      note(log, "everything runs: " + cluster.url());
      until.await();
    } catch (InterruptedException asked) {
      note(log, "asked to stop");
    } catch (SupervisorException | IOException | StageException e) {
      String part = e instanceof StageException stage ? stage.part : null;
      note(log, "it did not come up: " + e);
      stopAll();
      become(Phase.FAILED, new Cluster.Problem(part, String.valueOf(e.getMessage())));
      return FAILED;
    }
    become(Phase.STOPPING, null);
    stopAll();
    become(Phase.STOPPED, null);
    note(log, "stopped");
    return STOPPED;
  }

  /// Runs in the JVM's shutdown: the process lives until it returns.
  private void shutDown(Thread main) {
    main.interrupt();
    try {
      finished.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void start(RotatingLog log) throws IOException, InterruptedException, StageException {
    Cluster before = Cluster.read(installation.clusterFile()).orElse(cluster);
    maker.names().forEach(name -> states.put(name, PartState.pending(name)));
    synchronized (this) {
      cluster = cluster.withPorts(before.url(), before.fingerprint(), before.ports());
    }
    become(Phase.STARTING, null);
    endLeftovers(before, log);
    Ports ports = new Ports(before.ports());
    Plan plan = maker.make(ports, this::changed);
    synchronized (this) {
      cluster = cluster.withPorts(plan.url(), plan.fingerprint(), ports.chosen());
    }
    for (List<Part> stage : plan.stages()) {
      List<Keeper> keepers = new ArrayList<>();
      stages.add(keepers);
      for (Part part : stage) {
        RotatingLog own = new RotatingLog(installation.log(part.name()));
        keepers.add(
            new Keeper(part, own, new Keeper.Rules(time, limits.stop(), this::changed)).start());
      }
      awaitStage(keepers);
    }
  }

  private void endLeftovers(Cluster before, RotatingLog log) throws InterruptedException {
    for (PartState part : before.parts().reversed()) {
      Part.Signal signal =
          part.name().equals(EmbeddedPostgres.NAME) ? Part.Signal.INT : Part.Signal.TERM;
      if (part.process() != null && Leftovers.end(part.process(), signal, limits.stop())) {
        note(log, "ended %s, left running as %d".formatted(part.name(), part.process().pid()));
      }
    }
  }

  private void awaitStage(List<Keeper> stage) throws InterruptedException, StageException {
    long deadline = System.nanoTime() + limits.start().toNanos();
    boolean ready = false;
    while (!ready) {
      Thread.sleep(20);
      ready = true;
      for (Keeper keeper : stage) {
        PartState state = keeper.state();
        if (state.phase() == PartState.Phase.WAITING) {
          throw new StageException(state.name(), state.name() + " " + state.note());
        }
        if (state.phase() != PartState.Phase.READY) {
          ready = false;
          if (System.nanoTime() > deadline) {
            throw new StageException(
                state.name(),
                "%s was not ready within %d s".formatted(state.name(), limits.start().toSeconds()));
          }
        }
      }
    }
  }

  private void stopAll() {
    for (List<Keeper> stage : stages.reversed()) {
      stage.forEach(Keeper::askToStop);
      for (Keeper keeper : stage) {
        try {
          keeper.awaitStop();
        } catch (InterruptedException again) {
          keeper.kill(); // asked twice: no more patience
        }
      }
    }
  }

  private synchronized void changed(PartState state) {
    states.put(state.name(), state);
    record();
  }

  private synchronized void become(Phase phase, Cluster.@Nullable Problem problem) {
    cluster = cluster.with(phase, problem);
    record();
  }

  private void record() {
    try {
      cluster = cluster.with(List.copyOf(states.values()));
      cluster.write(installation.clusterFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void note(RotatingLog log, String line) {
    log.line(Instant.now() + " " + line);
  }

  /// A part of a stage did not come up.
  private static final class StageException extends Exception {
    private static final long serialVersionUID = 1;
    private final String part;

    StageException(String part, String message) {
      super(message);
      this.part = part;
    }
  }
}
