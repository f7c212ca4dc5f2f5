package bessemer.db.work;

import bessemer.contracts.JobState;
import bessemer.db.work.Claims.Found;
import bessemer.db.work.Stopped.Reason;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;

/// What a worker does with one entry of the queue:
///
/// 1. a job that is over or unknown: the entry goes;
/// 2. an obstacle: later again;
/// 3. claim the next epoch, close what earlier attempts left open in Spring Batch;
/// 4. run the steps, while a watcher looks once a second whether the claim still holds;
/// 5. end: succeeded (its last step has said so), failed, cancelled, or later again.
final class JobRun {
  static final Duration REMOVE = Duration.ofSeconds(-1);

  private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);
  private static final long WATCH_MILLIS = 1000;
  private static final Duration AT_ONCE = Duration.ZERO;
  private static final Duration LATER = Duration.ofSeconds(5);

  private final String worker;
  private final Claims claims;
  private final JobOperator operator;
  private final JobRepository repository;
  private final ObservationRegistry observations;
  private final MeterRegistry meters;
  private final Duration obstaclePause;
  private final AtomicReference<@Nullable Lease> current = new AtomicReference<>();
  private volatile boolean draining;

  JobRun(
      WorkerSettings settings,
      Claims claims,
      JobOperator operator,
      JobRepository repository,
      ObservationRegistry observations,
      MeterRegistry meters) {
    this.worker = settings.name();
    this.obstaclePause = settings.obstaclePause();
    this.claims = claims;
    this.operator = operator;
    this.repository = repository;
    this.observations = observations;
    this.meters = meters;
  }

  Claims claims() {
    return claims;
  }

  /// @return when to look at the entry again; negative if never
  Duration run(JobKind kind, UUID job) {
    try (var _ = MDC.putCloseable("job", job.toString())) {
      Optional<Found> found = claims.find(job);
      if (found.isEmpty() || found.get().state().isFinal()) {
        claims.repair(job, found.map(Found::state).orElse(JobState.FAILED));
        return REMOVE;
      }
      if (draining) {
        return AT_ONCE;
      }
      String obstacle = kind.obstacle(found.get().parsed());
      if (obstacle != null && found.get().state() != JobState.CANCELLING) {
        claims.waiting(job, obstacle);
        return obstaclePause;
      }
      return claims
          .claim(found.get(), worker)
          .map(l -> attempt(kind, l, found.get()))
          .orElse(LATER);
    }
  }

  private Duration attempt(JobKind kind, Lease lease, Found found) {
    if (found.epoch() == 0) {
      meters.timer("bessemer.job.wait", "kind", kind.kind()).record(found.waited());
    }
    long begun = System.nanoTime();
    claims.repair(lease.job(), JobState.FAILED);
    Outcome outcome =
        found.state() == JobState.CANCELLING ? Outcome.CANCELLED : worked(kind, lease, found);
    String ended = outcome.name().toLowerCase(Locale.ROOT);
    meters
        .timer("bessemer.job.run", "kind", kind.kind(), "outcome", ended)
        .record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
    return Patience.with(() -> ended(kind, lease, outcome));
  }

  private enum Outcome {
    SUCCEEDED,
    FAILED,
    CANCELLED,
    FENCED,
    DRAINED,
    DATABASE_AWAY
  }

  private Outcome worked(JobKind kind, Lease lease, Found found) {
    if (found.attemptsLeft() <= 0) {
      return failed(
          kind, lease, "its worker died in every attempt; the last ones made no progress");
    }
    var steps = new Steps(repository, observations);
    Throwable failure = failureOf(kind, lease, steps);
    if (failure == null) {
      return Outcome.SUCCEEDED;
    }
    Reason stopped = failure instanceof Stopped stop ? stop.reason() : lease.stopReason();
    if (stopped != null) {
      return switch (stopped) {
        case CANCELLED -> Outcome.CANCELLED;
        case FENCED -> Outcome.FENCED;
        case DRAINED -> Outcome.DRAINED;
      };
    }
    if (Patience.isAway(failure)) {
      LOG.warn("attempt {} ends: the database is away", lease.epoch(), failure);
      return Outcome.DATABASE_AWAY;
    }
    String reason = kind.explain(failure);
    if (reason == null) {
      LOG.error("attempt {} failed by an error of ours", lease.epoch(), failure);
      reason = "internal error: " + failure;
    }
    String told = reason;
    return Patience.with(() -> failed(kind, lease, told));
  }

  /// Null if the last step has ended the job.
  private @Nullable Throwable failureOf(JobKind kind, Lease lease, Steps steps) {
    current.set(lease);
    Thread watcher = Thread.ofVirtual().name("watch-" + lease.job()).start(() -> watch(lease));
    try (JobKind.Attempt attempt = kind.begin(lease, steps)) {
      var execution = operator.start(attempt.job(), parameters(lease));
      Throwable failure = steps.failure();
      if (failure == null && execution.getStatus().isUnsuccessful()) {
        failure = execution.getAllFailureExceptions().stream().findFirst().orElse(null);
        return failure == null ? new IllegalStateException(execution.toString()) : failure;
      }
      return failure;
    } catch (Throwable e) {
      return steps.failure() == null ? e : steps.failure();
    } finally {
      watcher.interrupt();
      current.set(null);
    }
  }

  private static JobParameters parameters(Lease lease) {
    return new JobParametersBuilder()
        .addString("job", lease.job().toString(), true)
        .addLong("epoch", (long) lease.epoch(), false)
        .toJobParameters();
  }

  /// Cancelling and fencing reach the work from here even where it makes no progress.
  private void watch(Lease lease) {
    try {
      while (true) {
        Thread.sleep(WATCH_MILLIS);
        look(lease);
      }
    } catch (InterruptedException e) {
      return; // the attempt is over
    }
  }

  private void look(Lease lease) {
    try {
      Reason reason = draining ? Reason.DRAINED : claims.order(lease);
      if (reason != null) {
        lease.stop(reason);
      }
    } catch (RuntimeException e) {
      LOG.warn("could not look after the claim: {}", e.getMessage());
    }
  }

  /// The files go first: whoever sees the state finds nothing left.
  private Outcome failed(JobKind kind, Lease lease, String reason) {
    try {
      discard(kind, lease);
      claims.fail(lease, reason);
      LOG.warn("job failed: {}", reason);
      return Outcome.FAILED;
    } catch (Stopped e) {
      return Outcome.FENCED;
    }
  }

  private Duration ended(JobKind kind, Lease lease, Outcome outcome) {
    try {
      return switch (outcome) {
        case SUCCEEDED, FAILED -> REMOVE;
        case CANCELLED -> {
          discard(kind, lease);
          claims.cancelled(lease);
          yield REMOVE;
        }
        case FENCED -> {
          LOG.warn("attempt {} lost its claim; what it made does not count", lease.epoch());
          yield LATER;
        }
        case DRAINED -> {
          claims.retrying(lease, "its worker shut down");
          yield AT_ONCE;
        }
        case DATABASE_AWAY -> {
          claims.retrying(lease, "the database was away");
          yield LATER;
        }
      };
    } catch (Stopped e) {
      return LATER; // fenced at the last moment; the next look finds what became of it
    }
  }

  /// Only under a claim that holds: a later attempt may be using what earlier ones made.
  private void discard(JobKind kind, Lease lease) {
    claims.require(lease);
    try {
      kind.discard(lease.job());
    } catch (Exception e) {
      LOG.error("could not remove what job {} left", lease.job(), e);
    }
  }

  void drain() {
    draining = true;
    Lease lease = current.get();
    if (lease != null) {
      lease.stop(Reason.DRAINED);
    }
  }
}
