package bessemer.db.jobs;

import bessemer.db.Json;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Appends events. The row of the job is locked from the counting to the end of the transaction, so
/// that a reader who has seen an event has seen all before it.
public final class Facts {
  private final JdbcClient jdbc;

  public Facts(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /// Call it inside the transaction that makes the fact true.
  public void add(UUID job, String type, Map<String, Object> data) {
    jdbc.sql(
            """
            with counted as (
              update job set last_event = last_event + 1 where id = :job
              returning id, last_event, epoch)
            insert into job_event (job_id, seq, epoch, type, data)
            select id, last_event, epoch, :type, :data::jsonb from counted
            """)
        .param("job", job)
        .param("type", type)
        .param("data", Json.text(data))
        .update();
  }
}
