package bessemer.db.work;

import bessemer.db.jobs.JobFeed;
import bessemer.db.jobs.JobTasks;
import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Takes jobs from the queue, one at a time, the highest priority first. db-scheduler picks them
/// and keeps the heartbeat; what happens to one is in [JobRun].
public final class JobWorker implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

  private final Scheduler scheduler;
  private final JobRun run;
  private final Claims claims;
  private final WorkerSettings settings;
  private final JobFeed feed;
  private JobFeed.Subscription subscription = () -> {};
  private volatile boolean running;

  JobWorker(
      DataSource database, List<JobKind> kinds, JobRun run, WorkerSettings settings, JobFeed feed) {
    this.run = run;
    this.claims = run.claims();
    this.settings = settings;
    this.feed = feed;
    List<? extends Task<?>> tasks = kinds.stream().map(this::task).toList();
    this.scheduler =
        Scheduler.create(database, List.copyOf(tasks))
            .schedulerName(new SchedulerName.Fixed(settings.name()))
            .threads(1)
            .pollUsingLockAndFetch(0.5, 1.0)
            .pollingInterval(settings.poll())
            .heartbeatInterval(settings.heartbeat())
            .missedHeartbeatsLimit(settings.missed())
            .deleteUnresolvedAfter(Duration.ofDays(3650))
            .shutdownMaxWait(Duration.ofSeconds(15))
            .enablePriority()
            .alwaysPersistTimestampInUTC()
            .build();
  }

  private Task<Void> task(JobKind kind) {
    return Tasks.custom(JobTasks.name(kind.kind(), "cpu"), Void.class)
        .onDeadExecutionRevive()
        .onFailure((complete, operations) ->
            operations.reschedule(complete, complete.getTimeDone().plus(settings.obstaclePause())))
        .execute((instance, _) -> {
          Duration again = run.run(kind, UUID.fromString(instance.getId()));
          return (complete, operations) -> {
            if (again.isNegative()) {
              operations.remove();
            } else {
              operations.reschedule(complete, complete.getTimeDone().plus(again));
            }
          };
        });
  }

  @Override
  public void start() {
    int released = Patience.with(() -> claims.release(settings.name()));
    if (released > 0) {
      LOG.info("{} job(s) of an earlier process of this worker go on", released);
    }
    scheduler.start();
    subscription = feed.subscribe(_ -> scheduler.triggerCheckForDueExecutions());
    running = true;
  }

  /// The running job stops at its next step forward and goes back to the queue.
  @Override
  public void stop() {
    subscription.close();
    run.drain();
    scheduler.stop();
    running = false;
  }

  /// Whether it takes further jobs. One that runs is finished either way.
  public void take(boolean more) {
    if (more) {
      scheduler.resume();
    } else {
      scheduler.pause();
    }
  }

  /// How many jobs run now: none or one.
  public int busy() {
    return scheduler.getCurrentlyExecuting().size();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /// Stops before the database's connections go.
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 2000;
  }
}
