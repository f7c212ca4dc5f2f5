package bessemer.conversion.job;

import bessemer.contracts.WorkerBeat;
import bessemer.db.work.JobWorker;
import bessemer.db.workers.Workers;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Says every few seconds that this worker is there, and learns whether it is to take no new jobs.
final class Presence implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Presence.class);

  private final String name;
  private final Workers workers;
  private final JobWorker worker;
  private final String managementUrl;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("presence").factory());
  private volatile boolean running;

  Presence(String name, Workers workers, JobWorker worker, String managementUrl) {
    this.name = name;
    this.workers = workers;
    this.worker = worker;
    this.managementUrl = managementUrl;
  }

  @Override
  public void start() {
    clock.scheduleWithFixedDelay(this::beat, 0, Workers.BEAT.toMillis(), TimeUnit.MILLISECONDS);
    running = true;
  }

  private void beat() {
    try {
      worker.pause(workers.beat(name, null, now()));
    } catch (RuntimeException e) {
      LOG.warn("could not say that this worker is there: {}", e.getMessage());
    }
  }

  private WorkerBeat now() {
    String version = Presence.class.getPackage().getImplementationVersion();
    return new WorkerBeat(
        "conversion",
        null,
        managementUrl,
        null,
        version == null ? "development" : version,
        List.of("cpu"),
        List.of(),
        worker.busy(),
        0,
        0);
  }

  @Override
  public void stop() {
    running = false;
    clock.shutdownNow();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /// After the worker has started, and ended before it.
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 1000;
  }
}
