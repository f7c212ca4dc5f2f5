package bessemer.db.workers;

import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerView;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/// The workers of this installation, as they said themselves. Only the database's clock counts, so
/// that machines whose clocks differ agree on who is lost.
public final class Workers {
  /// How often a worker should say that it is there.
  public static final Duration BEAT = Duration.ofSeconds(5);

  /// After this long without a beat a worker gets no more work.
  public static final Duration LOST = Duration.ofSeconds(30);

  /// After this long without a beat a worker is forgotten.
  public static final Duration FORGOTTEN = Duration.ofDays(1);

  /// The states that [#list] tells.
  public static final List<String> STATES = List.of("ready", "draining", "lost");

  private static final String SELECT =
      """
      select id, beat, last_seen,
             case when last_seen < now() - make_interval(secs => %d) then 'lost'
                  when draining then 'draining'
                  else 'ready' end as state
      from worker
      """
          .formatted(LOST.toSeconds());

  private final JdbcClient sql;
  private final JsonMapper json = new JsonMapper();

  public Workers(DataSource database) {
    sql = JdbcClient.create(database);
  }

  /// Records that a worker is there, and forgets those that have not been for a day.
  ///
  /// @param keyId the key that speaks for it; null for a worker that has the database
  /// @return whether it is to take no more work
  /// @throws WorkerTakenException if the id belongs to another key that is still valid
  public boolean beat(String id, @Nullable String keyId, WorkerBeat beat) {
    sql.sql("delete from worker where last_seen < now() - make_interval(secs => :age)")
        .param("age", FORGOTTEN.toSeconds())
        .update();
    return sql.sql(
            """
            insert into worker as w (id, key_id, beat) values (:id, :key, :beat::jsonb)
            on conflict (id) do update
              set key_id = excluded.key_id, beat = excluded.beat, last_seen = now()
              where w.key_id is not distinct from excluded.key_id
                 or exists (select from api_key k
                            where k.id = w.key_id
                              and (k.revoked_at is not null or k.expires_at <= now()))
            returning draining
            """)
        .param("id", id)
        .param("key", keyId)
        .param("beat", json.writeValueAsString(beat))
        .query(Boolean.class)
        .optional()
        .orElseThrow(() -> new WorkerTakenException(id));
  }

  /// All that were heard of in the last day.
  public List<WorkerView> list() {
    return sql.sql(SELECT + " where last_seen >= now() - make_interval(secs => :age) order by id")
        .param("age", FORGOTTEN.toSeconds())
        .query(this::view)
        .list();
  }

  public Optional<WorkerView> find(String id) {
    return sql.sql(SELECT + " where id = :id").param("id", id).query(this::view).optional();
  }

  /// Those that are not lost, the draining ones too.
  public List<WorkerView> live() {
    return list().stream().filter(worker -> !worker.state().equals("lost")).toList();
  }

  /// @param on whether it is to take no more work from now on
  /// @throws UnknownWorkerException if there is none
  public void drain(String id, boolean on) {
    int rows =
        sql.sql("update worker set draining = :on where id = :id")
            .param("on", on)
            .param("id", id)
            .update();
    if (rows == 0) {
      throw new UnknownWorkerException(id);
    }
  }

  private WorkerView view(ResultSet row, int number) throws SQLException {
    return new WorkerView(
        row.getString("id"),
        row.getString("state"),
        row.getTimestamp("last_seen").toInstant(),
        json.readValue(row.getString("beat"), WorkerBeat.class));
  }
}
