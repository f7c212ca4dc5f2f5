package bessemer.db.jobs;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceCurrentlyExecutingException;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceNotFoundException;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import java.time.Instant;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/// The queue: a row of db-scheduler for each job that is not over, whose name says what kind of
/// worker it needs. Written in the transaction that changes the job.
public final class JobTasks {
  private final SchedulerClient client;

  JobTasks(DataSource database) {
    this.client =
        SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(database))
            .enablePriority()
            .build();
  }

  /// The name of the task that workers with this capability register.
  public static String name(String kind, String capability) {
    return "job." + kind + "." + capability;
  }

  void add(String task, UUID job, int priority, Instant now) {
    client.scheduleIfNotExists(
        new TaskInstance.Builder<Void>(task, job.toString()).priority(priority).scheduledTo(now));
  }

  /// The row of a job that nobody began; a worker that takes it this moment finds the job over.
  void remove(String task, UUID job) {
    try {
      client.cancel(TaskInstanceId.of(task, job.toString()));
    } catch (TaskInstanceCurrentlyExecutingException | TaskInstanceNotFoundException e) {
      return; // its worker removes it
    }
  }

  /// A job that waits for its next attempt gets it now.
  void hurry(String task, UUID job, Instant now) {
    try {
      client.reschedule(TaskInstanceId.of(task, job.toString()), now);
    } catch (TaskInstanceCurrentlyExecutingException | TaskInstanceNotFoundException e) {
      return; // it is being run
    }
  }
}
