package bessemer.db.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.db.TestDatabase;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class TablesTest {
  private static final String UNUSUAL = "tab\t, line\n, back\\slash, ü, \\N";

  private final TestDatabase from = TestDatabase.create();
  private final TestDatabase to = TestDatabase.empty();
  private final Map<String, ByteArrayOutputStream> files = new HashMap<>();
  private Snapshot snapshot;

  @BeforeEach
  void fill() throws IOException {
    JdbcClient sql = JdbcClient.create(from.dataSource());
    sql.sql(
            """
            insert into job (kind, capability, spec, spec_sha256, created_by, error)
            values ('convert', 'cpu', '{"name": "x"}', 'abc', 'key', ?)
            """)
        .param(UNUSUAL)
        .update();
    sql.sql(
            "insert into job_event (job_id, seq, epoch, type) select id, 1, 0, 'submitted' from job")
        .update();
    sql.sql("insert into api_key (id, name, sha256, scopes) values ('k', 'n', '\\x00ff', '{read}')")
        .update();
    sql.sql("select nextval('batch.batch_job_instance_seq') from generate_series(1, 41)")
        .query(Long.class)
        .list();
    snapshot = new Tables(from.dataSource()).dump(this::sink);
  }

  @AfterEach
  void drop() {
    from.close();
    to.close();
  }

  private ByteArrayOutputStream sink(String file) {
    var out = new ByteArrayOutputStream();
    files.put(file, out);
    return out;
  }

  private ByteArrayInputStream file(String name) {
    return new ByteArrayInputStream(files.get(name).toByteArray());
  }

  @Test
  void everyRowComesBackInAnEmptyDatabase() throws IOException {
    Tables tables = new Tables(to.dataSource());
    tables.load(snapshot, this::file, false);
    Snapshot again = tables.dump(this::sink);
    assertThat(again).isEqualTo(snapshot); // the hashes are in it
    assertThat(again.rows()).isEqualTo(3);
    JdbcClient sql = JdbcClient.create(to.dataSource());
    assertThat(sql.sql("select error from job").query(String.class).single()).isEqualTo(UNUSUAL);
    assertThat(sql.sql("select nextval('batch.batch_job_instance_seq')").query(Long.class).single())
        .isEqualTo(42);
  }

  @Test
  void rowsThatAreReferredToComeFirst() {
    List<String> order = snapshot.tables().stream().map(Snapshot.Rows::table).toList();
    assertThat(order).contains("public.job", "batch.batch_job_execution", "public.api_key");
    assertThat(order.indexOf("public.job")).isLessThan(order.indexOf("public.job_event"));
    assertThat(order.indexOf("public.model")).isLessThan(order.indexOf("public.model_file"));
    assertThat(order.indexOf("public.api_key")).isLessThan(order.indexOf("public.session"));
  }

  @Test
  void whatIsThereIsOnlyReplacedOnDemand() throws IOException {
    Tables tables = new Tables(from.dataSource());
    assertThatThrownBy(() -> tables.load(snapshot, this::file, false))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining("holds 1 jobs, sources and models")
        .hasMessageContaining("--replace");
    tables.load(snapshot, this::file, true);
    assertThat(tables.dump(this::sink)).isEqualTo(snapshot);
  }

  @Test
  void aDamagedFileLeavesTheDatabaseAsItWas() {
    byte[] rows = files.get("database/public.job.copy").toByteArray();
    rows[rows.length - 3] ^= 1;
    files.get("database/public.job.copy").reset();
    files.get("database/public.job.copy").writeBytes(rows);
    Tables tables = new Tables(from.dataSource());
    assertThatThrownBy(() -> tables.load(snapshot, this::file, true))
        .isInstanceOf(BackupException.class);
    JdbcClient sql = JdbcClient.create(from.dataSource());
    assertThat(sql.sql("select error from job").query(String.class).single()).isEqualTo(UNUSUAL);
  }

  @Test
  void theRowsOfAnotherSchemaAreRefused() {
    var other = new Snapshot("4711", snapshot.tables(), snapshot.sequences());
    assertThatThrownBy(() -> new Tables(to.dataSource()).load(other, this::file, false))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining("schema version 4711");
  }
}
