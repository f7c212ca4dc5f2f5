package bessemer.db.work;

import bessemer.contracts.JobSpec;
import bessemer.contracts.JobState;
import bessemer.db.jobs.Facts;
import bessemer.db.jobs.Specs;
import bessemer.db.work.Stopped.Reason;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Who may work on a job: takes claims, looks after them, gives them back.
final class Claims {
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final LeaseRows rows;
  private final Facts facts;
  private final LongSupplier nanos;

  Claims(
      JdbcClient jdbc, TransactionTemplate transaction, LongSupplier nanos, MeterRegistry meters) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.rows = new LeaseRows(jdbc, transaction, meters);
    this.facts = new Facts(jdbc);
    this.nanos = nanos;
  }

  /// A job as its queue entry finds it.
  ///
  /// @param waited from the submission to now
  record Found(
      UUID id,
      JobState state,
      int epoch,
      int attemptsLeft,
      String kind,
      String spec,
      Duration waited) {
    JobSpec parsed() {
      return Specs.read(kind, spec);
    }
  }

  Optional<Found> find(UUID job) {
    return jdbc.sql(
            """
            select id, state, epoch, attempts_left, kind, spec,
              extract(epoch from now() - created_at) as waited from job where id = :job
            """)
        .param("job", job)
        .query((row, _) ->
            new Found(
                row.getObject("id", UUID.class),
                JobState.valueOf(row.getString("state")),
                row.getInt("epoch"),
                row.getInt("attempts_left"),
                row.getString("kind"),
                row.getString("spec"),
                Duration.ofMillis((long) (1000 * row.getDouble("waited")))))
        .optional();
  }

  /// A new attempt, which ends the right of all earlier ones to write. A job that is being
  /// cancelled is claimed too: somebody must remove what is there.
  Optional<Lease> claim(Found found, String owner) {
    return Optional.ofNullable(transaction.execute(_ -> claimed(found, owner)));
  }

  private @Nullable Lease claimed(Found found, String owner) {
    Optional<Integer> epoch =
        jdbc.sql(
                """
                update job set epoch = epoch + 1, owner = :owner, waiting = null,
                  attempts_left = attempts_left - 1,
                  started_at = coalesce(started_at, now()),
                  state = case when state = 'CANCELLING' then state else 'RUNNING' end
                where id = :job and epoch = :epoch
                  and state in ('QUEUED', 'RUNNING', 'RETRYING', 'CANCELLING')
                returning epoch
                """)
            .param("owner", owner)
            .param("job", found.id())
            .param("epoch", found.epoch())
            .query(Integer.class)
            .optional();
    if (epoch.isEmpty()) {
      return null;
    }
    facts.add(found.id(), "claimed", Map.of("owner", owner));
    return new Lease(found.id(), epoch.get(), found.parsed(), rows, nanos);
  }

  /// Remembers why a job does not begin; once for each reason.
  void waiting(UUID job, String reason) {
    transaction.executeWithoutResult(_ -> {
      int changed =
          jdbc.sql(
                  """
                  update job set waiting = :reason where id = :job
                    and waiting is distinct from :reason and state in ('QUEUED', 'RETRYING')
                  """)
              .param("reason", reason)
              .param("job", job)
              .update();
      if (changed > 0) {
        facts.add(job, "waiting", Map.of("reason", reason));
      }
    });
  }

  /// Why the attempt must end, if it must.
  @Nullable Reason order(Lease lease) {
    return jdbc.sql("select state, epoch from job where id = :job")
        .param("job", lease.job())
        .query((row, _) -> {
          if (row.getInt("epoch") != lease.epoch()) {
            return Optional.of(Reason.FENCED);
          }
          return row.getString("state").equals("CANCELLING")
              ? Optional.of(Reason.CANCELLED)
              : Optional.<Reason>empty();
        })
        .optional()
        .orElse(Optional.of(Reason.FENCED))
        .orElse(null);
  }

  /// @throws Stopped if the claim is lost
  void require(Lease lease) {
    rows.fenced(lease.job(), lease.epoch(), () -> true);
  }

  /// @throws Stopped if the claim is lost
  void fail(Lease lease, String error) {
    end(lease, JobState.FAILED, "failed", Map.of("error", error), error);
  }

  void cancelled(Lease lease) {
    end(lease, JobState.CANCELLED, "cancelled", Map.of("by", "worker"), null);
  }

  void retrying(Lease lease, String reason) {
    end(lease, JobState.RETRYING, "retrying", Map.of("reason", reason), null);
  }

  private void end(
      Lease lease, JobState state, String type, Map<String, Object> data, @Nullable String error) {
    rows.fenced(
        lease.job(),
        lease.epoch(),
        () -> {
          if (error != null) {
            rows.appendLog(lease.job(), "ERROR", error);
          }
          jdbc.sql(
                  """
                  update job set state = :state, owner = null, error = :error,
                    finished_at = case when :over then now() end where id = :job
                  """)
              .param("state", state.name())
              .param("error", error)
              .param("over", state.isFinal())
              .param("job", lease.job())
              .update();
          facts.add(lease.job(), type, data);
          return true;
        });
  }

  /// Entries that a process of this name took and cannot be working on: it has just started, and
  /// there is one of the name at a time.
  int release(String owner) {
    return jdbc.sql(
            """
            update scheduled_tasks set picked = false, picked_by = null, last_heartbeat = null,
              execution_time = now(), version = version + 1
            where picked and picked_by = :owner
            """)
        .param("owner", owner)
        .update();
  }

  /// Ends what earlier attempts left open in Spring Batch's tables: an execution without end would
  /// keep the next from starting, and so would one of unknown fate.
  void repair(UUID job, JobState became) {
    String status = became == JobState.SUCCEEDED ? "COMPLETED" : "FAILED";
    jdbc.sql(
            """
            with mine as (
              select job_execution_id from batch.batch_job_execution_params
              where parameter_name = 'job' and parameter_value = :job),
            steps as (
              update batch.batch_step_execution s set status = :status, exit_code = :status,
                version = version + 1, end_time = coalesce(end_time, now() at time zone 'UTC')
              from mine where s.job_execution_id = mine.job_execution_id
                and (s.end_time is null or s.status = 'UNKNOWN'))
            update batch.batch_job_execution e set status = :status, exit_code = :status,
              version = version + 1, end_time = coalesce(end_time, now() at time zone 'UTC')
            from mine where e.job_execution_id = mine.job_execution_id
              and (e.end_time is null or e.status = 'UNKNOWN')
            """)
        .param("job", job.toString())
        .param("status", status)
        .update();
  }
}
