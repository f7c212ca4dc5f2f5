package bessemer.db.work;

import bessemer.contracts.JobSpec;
import bessemer.contracts.JobView;
import bessemer.db.work.Stopped.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One attempt's claim to a job. Everything that the attempt writes goes through here and only
/// counts while the claim holds: each statement asks for the epoch. Used by the attempt's thread,
/// except for [#stop].
public final class Lease {
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
  private static final long TICK_NANOS = Duration.ofMillis(500).toNanos();

  private final UUID job;
  private final int epoch;
  private final JobSpec spec;
  private final LeaseRows rows;
  private final LongSupplier nanos;
  private final AtomicReference<@Nullable Reason> stop = new AtomicReference<>();
  private final AtomicReference<@Nullable Thread> interruptible = new AtomicReference<>();

  private String step = "";
  private long stepBegun;
  private long lastTick;
  private long done;
  private long total;
  private String unit = JobView.Progress.BYTES;

  Lease(UUID job, int epoch, JobSpec spec, LeaseRows rows, LongSupplier nanos) {
    this.job = job;
    this.epoch = epoch;
    this.spec = spec;
    this.rows = rows;
    this.nanos = nanos;
  }

  public UUID job() {
    return job;
  }

  /// Counts the attempts, from 1.
  public int epoch() {
    return epoch;
  }

  public JobSpec spec() {
    return spec;
  }

  /// A step begins, of so many bytes; 0 if it does not count.
  ///
  /// @throws Stopped if the attempt must end
  public void step(String name, long bytes) {
    step(name, bytes, JobView.Progress.BYTES);
  }

  /// A step begins that counts something else than bytes.
  ///
  /// @param counted as in [JobView.Progress]
  /// @throws Stopped if the attempt must end
  public void step(String name, long units, String counted) {
    step = name;
    unit = counted;
    stepBegun = nanos.getAsLong();
    lastTick = stepBegun;
    done = 0;
    total = units;
    check();
    rows.write(job, epoch, current(), "step", Map.of("name", name));
  }

  /// How many bytes the running step is going to read, when it learns that late.
  public void total(long bytes) {
    total = bytes;
  }

  /// Tells of progress at most twice a second; a database that is away is no reason to stop.
  ///
  /// @throws Stopped if the attempt must end
  public void advance(long bytes) {
    done += bytes;
    long now = nanos.getAsLong();
    if (now - lastTick < TICK_NANOS) {
      check();
      return;
    }
    lastTick = now;
    tick();
  }

  private void tick() {
    check();
    JobView.Progress progress = current();
    try {
      rows.write(job, epoch, progress, "progress", Fields.of(progress));
      rows.metric(job, unit + "_per_second", done, progress.perSecond());
    } catch (RuntimeException e) {
      if (!Patience.isAway(e)) {
        throw e;
      }
      LOG.warn("progress of job {} not recorded: the database is away", job);
    }
  }

  private JobView.Progress current() {
    double seconds = (nanos.getAsLong() - stepBegun) / 1e9;
    double rate = seconds > 0 ? done / seconds : 0;
    Double left = rate > 0 && total > 0 ? (total - done) / rate : null;
    return new JobView.Progress(step, done, total, rate, left, unit);
  }

  /// Something that the user should know: an event and a line of the log.
  public void note(String text) {
    log("INFO", text);
    Patience.with(() -> rows.write(job, epoch, current(), "note", Map.of("text", text)));
  }

  /// @param level `INFO`, `WARN` or `ERROR`
  public void log(String level, String text) {
    LOG.info("job {}: {}", job, text);
    Patience.with(() -> rows.log(job, epoch, level, text));
  }

  /// The shards that attempts with this plan finished.
  public List<Shard> shards(String planSha256) {
    return Patience.with(() -> rows.shards(job, planSha256));
  }

  /// Adds to the manifest.
  ///
  /// @throws Stopped if the attempt lost its claim: then the manifest did not change
  public void add(String planSha256, Shard shard) {
    Patience.with(() -> rows.add(job, epoch, planSha256, shard));
  }

  /// Ends the job.
  ///
  /// @param alongside what must become true in the same moment, such as a row of the catalogue
  /// @throws Stopped if the attempt lost its claim: then nothing became true
  public void succeed(Map<String, Object> result, Runnable alongside) {
    check();
    Patience.with(() -> rows.succeed(job, epoch, result, alongside));
  }

  /// @throws Stopped if somebody asked for the end of this attempt
  public void check() {
    Reason reason = stop.get();
    if (reason != null) {
      throw new Stopped(reason);
    }
  }

  /// Waiting for others that may be cut short, such as a child process.
  public interface Waiting<T> {
    T run() throws Exception;
  }

  /// Does something that ends early with an [InterruptedException] when the attempt is stopped.
  ///
  /// @throws Stopped if the attempt must end
  public <T> T interruptibly(Waiting<T> waiting) throws Exception {
    interruptible.set(Thread.currentThread());
    try {
      check();
      return waiting.run();
    } catch (InterruptedException e) {
      check();
      throw e;
    } finally {
      interruptible.set(null);
      if (stop.get() != null) {
        Thread.interrupted(); // it was meant for the waiting only
      }
    }
  }

  /// From another thread: the work ends at its next step forward.
  void stop(Reason reason) {
    if (stop.compareAndSet(null, reason)) {
      Thread waiting = interruptible.get();
      if (waiting != null) {
        waiting.interrupt();
      }
    }
  }

  @Nullable Reason stopReason() {
    return stop.get();
  }
}
