package bessemer.db.jobs;

import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobView;
import bessemer.contracts.LogLine;
import bessemer.contracts.MetricPoint;
import bessemer.contracts.Page;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Reads jobs and what became of them.
final class JobHistory {
  private final JdbcClient jdbc;

  JobHistory(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  Optional<JobView> find(UUID id) {
    return jdbc.sql("select " + JobRows.JOB_COLUMNS + " from job j where j.id = :id")
        .param("id", id)
        .query((row, _) -> JobRows.job(row, steps(id)))
        .optional();
  }

  /// Of the latest attempt that got as far as the step.
  private List<JobView.Step> steps(UUID id) {
    return jdbc.sql(
            """
            select * from (
              select distinct on (s.step_name) s.step_name, lower(s.status) as status,
                s.start_time at time zone 'UTC' as started_at,
                coalesce(extract(epoch from coalesce(s.end_time, now() at time zone 'UTC') - s.start_time), 0)
                  as seconds, s.step_execution_id
              from batch.batch_step_execution s
              join batch.batch_job_execution_params p using (job_execution_id)
              where p.parameter_name = 'job' and p.parameter_value = :id
              order by s.step_name, s.step_execution_id desc) latest
            order by step_execution_id
            """)
        .param("id", id.toString())
        .query(JobRows::step)
        .list();
  }

  /// Steps are left out: a page of jobs is read several times a second.
  Page<JobView> list(Jobs.Filter filter) {
    List<JobView> jobs =
        jdbc.sql(
                "select "
                    + JobRows.JOB_COLUMNS
                    + """
                     from job j
                    where (:state::text is null or state = :state)
                      and (:kind::text is null or kind = :kind)
                      and (:cursor::uuid is null or (created_at, id) <
                        (select created_at, id from job where id = :cursor))
                    order by created_at desc, id desc limit :limit
                    """)
            .param("state", filter.state() == null ? null : filter.state().name())
            .param("kind", filter.kind())
            .param("cursor", cursor(filter.cursor()))
            .param("limit", filter.limit() + 1)
            .query((row, _) -> JobRows.job(row, List.of()))
            .list();
    boolean more = jobs.size() > filter.limit();
    List<JobView> page = more ? jobs.subList(0, filter.limit()) : jobs;
    return new Page<>(page, more ? page.getLast().id().toString() : null);
  }

  /// Evaluations that succeeded, newest first; without their steps.
  List<JobView> evaluations(@Nullable String model, int limit) {
    return jdbc.sql(
            "select "
                + JobRows.JOB_COLUMNS
                + """
                 from job j
                where kind = 'eval' and state = 'SUCCEEDED'
                  and (:model::text is null or spec->'models' @> to_jsonb(:model::text))
                order by created_at desc, id desc limit :limit
                """)
        .param("model", model)
        .param("limit", limit)
        .query((row, _) -> JobRows.job(row, List.of()))
        .list();
  }

  private static @Nullable UUID cursor(@Nullable String text) {
    try {
      return text == null ? null : UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidFieldException("cursor", "'" + text + "' is not from an earlier page");
    }
  }

  List<JobEvent> events(UUID id, long after, int limit) {
    return jdbc.sql(
            """
            select * from job_event where job_id = :id and seq > :after order by seq limit :limit
            """)
        .param("id", id)
        .param("after", after)
        .param("limit", limit)
        .query(JobRows::event)
        .list();
  }

  List<LogLine> logs(UUID id, long after, int limit) {
    return jdbc.sql(
            """
            select * from job_log where job_id = :id and line > :after order by line limit :limit
            """)
        .param("id", id)
        .param("after", after)
        .param("limit", limit)
        .query(JobRows::log)
        .list();
  }

  List<MetricPoint> metrics(UUID id) {
    return jdbc.sql("select * from metric_point where job_id = :id order by name, step")
        .param("id", id)
        .query(JobRows::point)
        .list();
  }
}
