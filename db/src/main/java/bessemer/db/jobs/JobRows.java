package bessemer.db.jobs;

import bessemer.contracts.JobEvent;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.LogLine;
import bessemer.contracts.MetricPoint;
import bessemer.db.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Rows of the job tables as records.
final class JobRows {
  /// What [#job] reads. The queue position counts those that a worker of the kind would take first.
  static final String JOB_COLUMNS =
      """
      j.*, case when j.state in ('QUEUED', 'RETRYING') then (
        select count(*) + 1 from job before
        where before.kind = j.kind and before.state in ('QUEUED', 'RETRYING')
          and (before.priority > j.priority
            or (before.priority = j.priority and (before.created_at, before.id) < (j.created_at, j.id)))
      )::integer end as queue_position
      """;

  private JobRows() {}

  static JobView job(ResultSet row, List<JobView.Step> steps) throws SQLException {
    String progress = row.getString("progress");
    return new JobView(
        row.getObject("id", UUID.class),
        row.getString("kind"),
        JobState.valueOf(row.getString("state")),
        Json.map(row.getString("spec")),
        row.getInt("priority"),
        row.getInt("epoch"),
        row.getString("owner"),
        row.getString("created_by"),
        instant(row, "created_at"),
        optional(row, "started_at"),
        optional(row, "finished_at"),
        row.getObject("queue_position", Integer.class),
        row.getString("waiting"),
        progress == null ? null : Json.read(progress, JobView.Progress.class),
        steps,
        row.getString("error"),
        Json.map(row.getString("result")));
  }

  static JobView.Step step(ResultSet row, int number) throws SQLException {
    return new JobView.Step(
        row.getString("step_name"),
        row.getString("status"),
        optional(row, "started_at"),
        row.getDouble("seconds"));
  }

  static JobEvent event(ResultSet row, int number) throws SQLException {
    return new JobEvent(
        row.getObject("job_id", UUID.class),
        row.getLong("seq"),
        row.getInt("epoch"),
        row.getString("type"),
        instant(row, "at"),
        Json.map(row.getString("data")));
  }

  static LogLine log(ResultSet row, int number) throws SQLException {
    return new LogLine(
        row.getLong("line"),
        row.getInt("epoch"),
        instant(row, "at"),
        row.getString("level"),
        row.getString("text"));
  }

  static MetricPoint point(ResultSet row, int number) throws SQLException {
    return new MetricPoint(
        row.getString("name"), row.getLong("step"), row.getDouble("value"), instant(row, "at"));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static @Nullable Instant optional(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
