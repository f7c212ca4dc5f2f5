package bessemer.gateway;

import bessemer.db.jobs.Facts;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/// Moves a job through its life as a worker would, at the pace of a test.
public final class StagedJob {
  private static final JsonMapper JSON = new JsonMapper();

  public final UUID id;
  private final JdbcClient sql;
  private final Facts facts;
  private final long batch;
  private long steps;
  private long metrics;

  public StagedJob(Installation bessemer, UUID id) {
    this.id = id;
    this.sql = bessemer.database();
    this.facts = new Facts(sql);
    this.batch = Math.abs(id.getLeastSignificantBits() % 1_000_000_000);
  }

  /// Submitted through the API.
  public static StagedJob submit(Installation bessemer, String key, Map<String, ?> spec) {
    var response =
        bessemer.send(
            bessemer
                .request("/api/v1/jobs", key)
                .header("Content-Type", "application/json")
                .POST(
                    java.net.http.HttpRequest.BodyPublishers.ofString(
                        bessemer.text(Map.of("kind", "convert", "spec", spec)))));
    if (response.statusCode() != 202) {
      throw new IllegalStateException(response.body());
    }
    return new StagedJob(bessemer, UUID.fromString(bessemer.json(response).path("id").asString()));
  }

  public StagedJob claim(String owner) {
    sql.sql(
            "update job set state = 'RUNNING', owner = ?, epoch = epoch + 1, started_at = now() where id = ?")
        .params(owner, id)
        .update();
    sql.sql("insert into batch.batch_job_instance values (?, 0, 'convert', ?)")
        .params(batch, "%032x".formatted(batch))
        .update();
    sql.sql(
            """
            insert into batch.batch_job_execution
              (job_execution_id, version, job_instance_id, create_time, start_time, status)
            values (?, 0, ?, now() at time zone 'UTC', now() at time zone 'UTC', 'STARTED')
            """)
        .params(batch, batch)
        .update();
    sql.sql(
            "insert into batch.batch_job_execution_params values (?, 'job', 'java.lang.String', ?, 'Y')")
        .params(batch, id.toString())
        .update();
    facts.add(id, "claimed", Map.of("owner", owner));
    return this;
  }

  public StagedJob step(String name) {
    endStep();
    sql.sql(
            """
            insert into batch.batch_step_execution
              (step_execution_id, version, step_name, job_execution_id, create_time, start_time, status)
            values (?, 0, ?, ?, now() at time zone 'UTC', now() at time zone 'UTC', 'STARTED')
            """)
        .params(batch * 100 + steps++, name, batch)
        .update();
    facts.add(id, "step", Map.of("name", name));
    return this;
  }

  private void endStep() {
    sql.sql(
            """
            update batch.batch_step_execution set status = 'COMPLETED',
              end_time = now() at time zone 'UTC' + interval '3.2 seconds'
            where job_execution_id = ? and end_time is null
            """)
        .param(batch)
        .update();
  }

  public StagedJob progress(String step, long done, long total) {
    Map<String, Object> progress =
        Map.of(
            "step",
            step,
            "done",
            done,
            "total",
            total,
            "per_second",
            84e6,
            "seconds_left",
            (total - done) / 84e6);
    sql.sql("update job set progress = ?::jsonb where id = ?")
        .params(JSON.writeValueAsString(progress), id)
        .update();
    sql.sql(
            "insert into metric_point (job_id, name, step, value) values (?, 'bytes_per_second', ?, ?)")
        .params(id, metrics, 84e6 + 9e6 * Math.sin(metrics++ / 3.0))
        .update();
    facts.add(id, "progress", progress);
    return this;
  }

  public StagedJob shard(String file, long bytes) {
    facts.add(
        id, "shard", Map.of("file", file, "bytes", bytes, "sha256", "3baf6d57c06c".repeat(5)));
    return this;
  }

  public StagedJob log(String level, String text) {
    sql.sql(
            """
            with counted as (update job set last_log = last_log + 1 where id = ? returning id, last_log, epoch)
            insert into job_log (job_id, line, epoch, level, text)
            select id, last_log, epoch, ?, ? from counted
            """)
        .params(id, level, text)
        .update();
    return this;
  }

  public StagedJob succeed(String model, String verdict) {
    endStep();
    end("SUCCEEDED", null, Map.of("model", model, "verdict", verdict));
    facts.add(id, "succeeded", Map.of("model", model, "verdict", verdict));
    return this;
  }

  public StagedJob fail(String error) {
    endStep();
    end("FAILED", error, Map.of());
    facts.add(id, "failed", Map.of("error", error));
    return this;
  }

  private void end(
      String state, @org.jspecify.annotations.Nullable String error, Map<String, ?> result) {
    sql.sql(
            "update job set state = ?, error = ?, result = ?::jsonb, finished_at = now() + interval '62 seconds' where id = ?")
        .params(state, error, JSON.writeValueAsString(result), id)
        .update();
  }
}
