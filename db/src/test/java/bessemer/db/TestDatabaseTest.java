package bessemer.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class TestDatabaseTest {
  @Test
  void aFreshDatabaseHasTheSchemaAndNothingInIt() {
    try (TestDatabase first = TestDatabase.create();
        TestDatabase second = TestDatabase.create()) {
      JdbcClient.create(first.dataSource())
          .sql("insert into api_key (id, name, sha256, scopes) values ('a', 'a', '', '{read}')")
          .update();

      assertThat(count(first, "api_key")).isEqualTo(1);
      assertThat(count(second, "api_key")).isZero();
      assertThat(second.url()).isNotEqualTo(first.url());
    }
  }

  @Test
  void allTablesOfTheDesignAreThere() {
    try (TestDatabase database = TestDatabase.create()) {
      List<String> tables =
          JdbcClient.create(database.dataSource())
              .sql("select table_name from information_schema.tables where table_schema = 'public'")
              .query(String.class)
              .list();

      assertThat(tables)
          .contains("job", "job_event", "job_log", "job_shard", "metric_point", "scheduled_tasks")
          .contains("source", "source_file", "model", "model_file")
          .contains("api_key", "session", "worker");
    }
  }

  @Test
  void severalProcessesMayMigrateAtOnce() throws Exception {
    try (TestDatabase database = TestDatabase.empty()) {
      int[] migrated = new int[4];
      Thread[] threads = new Thread[migrated.length];
      for (int i = 0; i < threads.length; i++) {
        int mine = i;
        threads[i] =
            Thread.ofPlatform().start(() -> migrated[mine] = Schema.migrate(database.dataSource()));
      }
      for (Thread thread : threads) {
        thread.join();
      }

      // Each migration ran once, whoever ran it.
      assertThat(Arrays.stream(migrated).sum()).isEqualTo(count(database, "flyway_schema_history"));
    }
  }

  private static int count(TestDatabase database, String table) {
    return JdbcClient.create(database.dataSource())
        .sql("select count(*) from " + table)
        .query(Integer.class)
        .single();
  }

  @Test
  void theServerIsPostgres18() throws SQLException {
    try (TestDatabase database = TestDatabase.empty();
        var connection = database.dataSource().getConnection()) {
      assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(18);
    }
  }
}
