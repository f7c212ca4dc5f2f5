package bessemer.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/// A fresh database with the schema of this version, usually one for each test class: `static final
/// TestDatabase DATABASE = TestDatabase.create()`. One server per JVM holds them all and ends with
/// it, so that closing is only needed where the number of databases matters.
///
/// The server is embedded, or the `postgres:18` image with `-Pcontainers`.
public final class TestDatabase implements AutoCloseable {
  private static final String TEMPLATE = "bessemer_template";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;

  private TestDatabase(String name) {
    this.name = name;
  }

  /// Migrated: a copy of a template that Flyway made once in this JVM.
  public static TestDatabase create() {
    return new TestDatabase(made(" template " + Template.NAME));
  }

  /// Without any table, for tests of the migrations themselves.
  public static TestDatabase empty() {
    return new TestDatabase(made(""));
  }

  /// Opens a connection per call, as the driver does; wrap it in a pool where that is too slow.
  public DataSource dataSource() {
    return source(name);
  }

  public String url() {
    TestServer server = Server.RUNNING;
    return "jdbc:postgresql://%s:%d/%s".formatted(server.host(), server.port(), name);
  }

  public String user() {
    return Server.RUNNING.user();
  }

  public String password() {
    return Server.RUNNING.password();
  }

  /// Drops the database, whoever is connected.
  @Override
  public void close() {
    run("drop database if exists " + name + " with (force)");
  }

  /// One at a time: a template must have no other user while it is copied.
  private static synchronized String made(String options) {
    String name = "test_" + COUNT.incrementAndGet();
    run("create database " + name + options);
    return name;
  }

  private static void run(String sql) {
    try (Connection connection = source("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the test server refused: " + sql, e);
    }
  }

  private static DataSource source(String database) {
    TestServer server = Server.RUNNING;
    var source = new PGSimpleDataSource();
    source.setServerNames(new String[] {server.host()});
    source.setPortNumbers(new int[] {server.port()});
    source.setDatabaseName(database);
    source.setUser(server.user());
    source.setPassword(server.password());
    return source;
  }

  /// Started by the first test that asks.
  private static final class Server {
    static final TestServer RUNNING = TestServer.start();
  }

  private static final class Template {
    static final String NAME = migrated();

    private static String migrated() {
      run("create database " + TEMPLATE);
      Schema.migrate(source(TEMPLATE));
      return TEMPLATE;
    }
  }
}
