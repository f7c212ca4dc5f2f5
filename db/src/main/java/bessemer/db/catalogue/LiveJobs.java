package bessemer.db.catalogue;

import bessemer.contracts.JobState;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The jobs that have not ended, by what their specs name.
final class LiveJobs {
  private static final List<String> FINAL =
      Arrays.stream(JobState.values()).filter(JobState::isFinal).map(JobState::name).toList();

  private final JdbcClient sql;

  LiveJobs(JdbcClient sql) {
    this.sql = sql;
  }

  /// @param model that it makes; empty for kinds that make none
  record LiveJob(UUID id, String model) {}

  List<LiveJob> all() {
    return sql.sql(
            """
            select id, coalesce(spec->>'name', '') as model from job
            where state not in (:final) order by id
            """)
        .param("final", FINAL)
        .query((row, _) -> new LiveJob(row.getObject("id", UUID.class), row.getString("model")))
        .list();
  }

  List<UUID> withSource(UUID source) {
    return sql.sql(
            """
            select id from job
            where state not in (:final)
              and (spec->>'source' = :source or spec->>'reference' = :source
                or spec->'corpus'->>'id' = :source)
            order by id
            """)
        .param("final", FINAL)
        .param("source", source.toString())
        .query((row, _) -> row.getObject("id", UUID.class))
        .list();
  }

  /// That make or use it.
  List<UUID> withModel(String name) {
    return sql.sql(
            """
            select id from job
            where state not in (:final)
              and (spec->>'name' = :name or spec->'models' @> to_jsonb(:name::text))
            order by id
            """)
        .param("final", FINAL)
        .param("name", name)
        .query((row, _) -> row.getObject("id", UUID.class))
        .list();
  }
}
