package bessemer.db.backup;

import bessemer.db.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/// Takes all rows out of a database and puts them into another of the same schema. By `COPY`, so
/// that only a driver is needed and no program of PostgreSQL.
public final class Tables {
  /// Where files go.
  @FunctionalInterface
  public interface Sink {
    /// Closed by whoever asked for it.
    OutputStream open(String file) throws IOException;
  }

  /// Where files come from.
  @FunctionalInterface
  public interface Files {
    InputStream open(String file) throws IOException;
  }

  private final DataSource database;

  public Tables(DataSource database) {
    this.database = database;
  }

  public static Tables of(String url, String user, String password) {
    var source = new PGSimpleDataSource();
    source.setUrl(url);
    source.setUser(user);
    source.setPassword(password);
    return new Tables(source);
  }

  /// Brings the database to this version's schema.
  public void migrate() {
    Schema.migrate(database);
  }

  /// Everything as it was at one moment, while others go on writing.
  public Snapshot dump(Sink sink) throws IOException {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setReadOnly(true);
      JdbcClient sql = client(connection);
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      List<Snapshot.Rows> tables = new ArrayList<>();
      for (String table : TableOrder.read(sql)) {
        tables.add(dump(table, columns(sql, table), copy, sink));
      }
      Snapshot snapshot = new Snapshot(version(sql), tables, sequences(sql));
      connection.rollback();
      return snapshot;
    } catch (SQLException e) {
      throw new BackupException("the database could not be read: " + e.getMessage());
    }
  }

  private static Snapshot.Rows dump(String table, List<String> columns, CopyManager copy, Sink sink)
      throws IOException, SQLException {
    String file = new Snapshot.Rows(table, columns, 0, "").file();
    try (var out = new DigestOutputStream(sink.open(file), sha256())) {
      String list = String.join(", ", columns);
      long rows = copy.copyOut("copy %s (%s) to stdout".formatted(table, list), out);
      String sha256 = HexFormat.of().formatHex(out.getMessageDigest().digest());
      return new Snapshot.Rows(table, columns, rows, sha256);
    }
  }

  /// Migrates the database to this version's schema, then fills it, in one transaction.
  ///
  /// @param replace whether what is there may be deleted
  public void load(Snapshot snapshot, Files files, boolean replace) throws IOException {
    migrate();
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      JdbcClient sql = client(connection);
      check(snapshot, sql, replace);
      List<String> tables = TableOrder.read(sql);
      sql.sql("truncate " + String.join(", ", tables)).update();
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      for (Snapshot.Rows rows : snapshot.tables()) {
        if (!tables.contains(rows.table())) {
          throw new BackupException("this version has no table " + rows.table());
        }
        load(rows, copy, files);
      }
      snapshot.sequences().forEach((name, value) -> set(sql, name, value));
      connection.commit();
    } catch (SQLException e) {
      throw new BackupException("the database was left as it was: " + e.getMessage());
    }
  }

  private static void check(Snapshot snapshot, JdbcClient sql, boolean replace) {
    String version = version(sql);
    if (!version.equals(snapshot.schemaVersion())) {
      throw new BackupException(
          "the backup has schema version %s and this version has %s: restore it with the version"
                  .formatted(snapshot.schemaVersion(), version)
              + " that made it, start that once with this one, then back up again");
    }
    long there =
        sql.sql(
                """
                select (select count(*) from job) + (select count(*) from source)
                  + (select count(*) from model)
                """)
            .query(Long.class)
            .single();
    if (there > 0 && !replace) {
      throw new BackupException(
          "the database holds %d jobs, sources and models, which a restore would delete: say"
                  .formatted(there)
              + " --replace if that is meant");
    }
  }

  private static void load(Snapshot.Rows rows, CopyManager copy, Files files)
      throws IOException, SQLException {
    try (var in = new DigestInputStream(files.open(rows.file()), sha256())) {
      String list = String.join(", ", rows.columns());
      long count = copy.copyIn("copy %s (%s) from stdin".formatted(rows.table(), list), in);
      String found = HexFormat.of().formatHex(in.getMessageDigest().digest());
      if (!found.equals(rows.sha256()) || count != rows.rows()) {
        throw new BackupException(
            "%s is damaged: %d rows with SHA-256 %s, expected %d with %s"
                .formatted(rows.file(), count, found, rows.rows(), rows.sha256()));
      }
    }
  }

  private static void set(JdbcClient sql, String sequence, long value) {
    sql.sql("select setval(cast(:name as regclass), :value)")
        .param("name", sequence)
        .param("value", value)
        .query(Long.class)
        .single();
  }

  private static List<String> columns(JdbcClient sql, String table) {
    return sql.sql(
            """
            select quote_ident(attname) from pg_attribute
            where attrelid = cast(:table as regclass) and attnum > 0
              and not attisdropped and attgenerated = ''
            order by attnum
            """)
        .param("table", table)
        .query((row, _) -> row.getString(1))
        .list();
  }

  /// Only those that were used: the others are as a fresh schema has them.
  private static Map<String, Long> sequences(JdbcClient sql) {
    Map<String, Long> values = new LinkedHashMap<>();
    sql.sql(
            """
            select schemaname || '.' || sequencename as name, last_value from pg_sequences
            where schemaname in ('public', 'batch') and last_value is not null
            order by 1
            """)
        .query((row, _) -> values.put(row.getString("name"), row.getLong("last_value")))
        .list();
    return values;
  }

  private static String version(JdbcClient sql) {
    return sql.sql(
            """
            select version from flyway_schema_history
            where success and version is not null
            order by installed_rank desc limit 1
            """)
        .query(String.class)
        .single();
  }

  private static JdbcClient client(Connection connection) {
    return JdbcClient.create(new SingleConnectionDataSource(connection, true));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
