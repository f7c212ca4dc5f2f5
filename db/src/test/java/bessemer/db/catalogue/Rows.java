package bessemer.db.catalogue;

import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Jobs and workers, as far as the catalogue looks at them.
record Rows(JdbcClient sql) {
  UUID job(String state, String spec) {
    return sql.sql(
            """
            insert into job (kind, capability, spec, spec_sha256, state, created_by)
            values ('convert', 'cpu', :spec::jsonb, '', :state, 'test') returning id
            """)
        .param("spec", spec)
        .param("state", state)
        .query(UUID.class)
        .single();
  }

  void end(UUID job, String state) {
    sql.sql("update job set state = :state where id = :id")
        .param("state", state)
        .param("id", job)
        .update();
  }

  void worker(String id, String model, String lastSeen) {
    sql.sql(
            """
            insert into worker (id, beat, last_seen)
            values (:id, jsonb_build_object('models', jsonb_build_array(
                      jsonb_build_object('name', :model::text, 'version', 'v', 'bytes', 1))),
                    now() - :ago::interval)
            """)
        .param("id", id)
        .param("model", model)
        .param("ago", lastSeen)
        .update();
  }

  void clear() {
    for (String table : List.of("job", "worker", "source", "model")) {
      sql.sql("delete from " + table).update();
    }
  }
}
