package bessemer.db.work;

import bessemer.contracts.JobView;
import bessemer.db.Json;
import bessemer.db.jobs.Facts;
import bessemer.db.work.Stopped.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// What an attempt writes. Each method is one transaction, and each begins by locking the job's row
/// under the attempt's epoch: if that finds none, a later attempt has begun.
final class LeaseRows {
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final Facts facts;
  private final Counter shards;
  private final Counter bytes;

  LeaseRows(JdbcClient jdbc, TransactionTemplate transaction, MeterRegistry meters) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.facts = new Facts(jdbc);
    this.shards = meters.counter("bessemer.shards");
    this.bytes = meters.counter("bessemer.converted.bytes");
  }

  boolean write(
      UUID job, int epoch, JobView.Progress progress, String type, Map<String, Object> data) {
    return fenced(
        job,
        epoch,
        () -> {
          jdbc.sql("update job set progress = :progress::jsonb where id = :job")
              .param("progress", Json.text(progress))
              .param("job", job)
              .update();
          facts.add(job, type, data);
          return true;
        });
  }

  boolean log(UUID job, int epoch, String level, String text) {
    return fenced(
        job,
        epoch,
        () -> {
          appendLog(job, level, text);
          return true;
        });
  }

  /// Inside a transaction that holds the job's row.
  void appendLog(UUID job, String level, String text) {
    jdbc.sql(
            """
            with counted as (
              update job set last_log = last_log + 1 where id = :job
              returning id, last_log, epoch)
            insert into job_log (job_id, line, epoch, level, text)
            select id, last_log, epoch, :level, :text from counted
            """)
        .param("job", job)
        .param("level", level)
        .param("text", text)
        .update();
  }

  void metric(UUID job, String name, long step, double value) {
    jdbc.sql(
            """
            insert into metric_point (job_id, name, step, value) values (:job, :name, :step, :value)
            on conflict (job_id, name, step) do update set value = excluded.value, at = excluded.at
            """)
        .param("job", job)
        .param("name", name)
        .param("step", step)
        .param("value", value)
        .update();
  }

  List<Shard> shards(UUID job, String planSha256) {
    return jdbc.sql(
            """
            select file, path, bytes, sha256 from job_shard
            where job_id = :job and plan_sha256 = :plan order by file
            """)
        .param("job", job)
        .param("plan", planSha256)
        .query((row, _) ->
            new Shard(
                row.getString("file"),
                row.getString("path"),
                row.getLong("bytes"),
                row.getString("sha256")))
        .list();
  }

  /// Repeatable: the answer to a commit may have been lost.
  boolean add(UUID job, int epoch, String planSha256, Shard shard) {
    int added = fenced(job, epoch, () -> added(job, epoch, planSha256, shard));
    shards.increment(added);
    bytes.increment(added * (double) shard.bytes());
    return added > 0;
  }

  private int added(UUID job, int epoch, String planSha256, Shard shard) {
    int added = insert(job, epoch, planSha256, shard);
    if (added > 0) {
      jdbc.sql("update job set attempts_left = 30 where id = :job").param("job", job).update();
      facts.add(
          job,
          "shard",
          Map.of("file", shard.file(), "bytes", shard.bytes(), "sha256", shard.sha256()));
    }
    return added;
  }

  /// A shard that an earlier attempt had committed and that has changed on the disk since is
  /// written anew, and its line with it.
  private int insert(UUID job, int epoch, String planSha256, Shard shard) {
    return jdbc.sql(
            """
            insert into job_shard (job_id, plan_sha256, file, path, bytes, sha256, epoch)
            values (:job, :plan, :file, :path, :bytes, :sha256, :epoch)
            on conflict (job_id, plan_sha256, file) do update
              set path = excluded.path, bytes = excluded.bytes, sha256 = excluded.sha256,
                epoch = excluded.epoch, at = excluded.at
              where job_shard.path <> excluded.path
            """)
        .param("job", job)
        .param("plan", planSha256)
        .param("file", shard.file())
        .param("path", shard.path())
        .param("bytes", shard.bytes())
        .param("sha256", shard.sha256())
        .param("epoch", epoch)
        .update();
  }

  boolean succeed(UUID job, int epoch, Map<String, Object> result, Runnable alongside) {
    return fenced(
        job,
        epoch,
        () -> {
          jdbc.sql(
                  """
                  update job set state = 'SUCCEEDED', finished_at = now(), owner = null,
                    result = :result::jsonb where id = :job
                  """)
              .param("result", Json.text(result))
              .param("job", job)
              .update();
          alongside.run();
          facts.add(job, "succeeded", result);
          return true;
        });
  }

  /// @throws Stopped if the claim is lost
  <T> T fenced(UUID job, int epoch, Supplier<T> body) {
    T result =
        transaction.execute(_ -> {
          requireMine(job, epoch);
          return body.get();
        });
    return required(result);
  }

  private void requireMine(UUID job, int epoch) {
    boolean mine =
        jdbc.sql(
                """
                select 1 from job where id = :job and epoch = :epoch
                  and state in ('RUNNING', 'CANCELLING') for update
                """)
            .param("job", job)
            .param("epoch", epoch)
            .query(Integer.class)
            .optional()
            .isPresent();
    if (!mine) {
      throw new Stopped(Reason.FENCED);
    }
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the transaction gave no result");
    }
    return value;
  }
}
