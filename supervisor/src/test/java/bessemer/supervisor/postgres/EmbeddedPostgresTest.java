package bessemer.supervisor.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.supervisor.process.Keeper;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.RotatingLog;
import bessemer.supervisor.process.Time;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class EmbeddedPostgresTest {
  private static final Path CACHE = Path.of("target", "postgres").toAbsolutePath();

  @TempDir private static Path folder;
  private static Server server; // one for all tests: making a database takes seconds

  /// A server with what keeps it.
  private static final class Server implements AutoCloseable {
    final EmbeddedPostgres postgres;
    final int port;
    private final RotatingLog log;
    Keeper keeper;

    Server(Path directory) throws Exception {
      Files.createDirectories(directory);
      log = new RotatingLog(directory.resolve("server.log"));
      postgres = EmbeddedPostgres.in(directory, CACHE);
      postgres.initialize();
      try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = socket.getLocalPort();
      }
      keeper = start();
    }

    Keeper start() {
      var rules = new Keeper.Rules(Time.system(), Duration.ofSeconds(30), _ -> {});
      Keeper started = new Keeper(postgres.part(port), log, rules).start();
      await(() -> started.state().phase() == PartState.Phase.READY);
      return started;
    }

    Connection connect() throws SQLException, IOException {
      Database database = postgres.database(port);
      return DriverManager.getConnection(database.url(), database.user(), database.password());
    }

    @Override
    public void close() throws Exception {
      keeper.stop();
      log.close();
    }
  }

  @BeforeAll
  static void begin() throws Exception {
    server = new Server(folder.resolve("one"));
  }

  @AfterAll
  static void end() throws Exception {
    server.close();
  }

  @Test
  void keepsWhatWasCommittedWhenItIsStoppedAndWhenItIsKilled() throws Exception {
    execute(server, "create table t (x text)");
    execute(server, "insert into t values ('before the stop')");
    server.keeper.stop();
    server.postgres.initialize(); // does nothing: there is a database
    server.keeper = server.start();
    execute(server, "insert into t values ('before the kill')");

    long killed = server.keeper.state().process().pid();
    ProcessHandle.of(killed).orElseThrow().destroyForcibly();
    await(() -> {
      PartState state = server.keeper.state();
      return state.phase() == PartState.Phase.READY && state.process().pid() != killed;
    });
    assertThat(server.keeper.state().restarts()).isPositive();
    assertThat(column(server, "select x from t order by x desc"))
        .containsExactly("before the stop", "before the kill");
  }

  @Test
  void isDurableAndSmallAndSpeaksOnlyToThisMachine() throws Exception {
    assertThat(column(server, "show fsync")).containsExactly("on");
    assertThat(column(server, "show data_checksums")).containsExactly("on");
    assertThat(column(server, "show server_encoding")).containsExactly("UTF8");
    assertThat(column(server, "show listen_addresses")).containsExactly("127.0.0.1");
    assertThat(column(server, "show server_version_num").getFirst()).startsWith("18");
    assertThat(column(server, "select upper('é')")).containsExactly("É");
    assertThat(column(server, "select rolsuper from pg_roles where rolname = current_user"))
        .containsExactly("f");
  }

  @Test
  void letsNobodyInWithoutThePassword() throws Exception {
    String url = server.postgres.database(server.port).url();
    assertThatThrownBy(() -> DriverManager.getConnection(url, "bessemer", "guess"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password authentication failed");
    String other = url.replace("/bessemer", "/postgres");
    assertThatThrownBy(() -> DriverManager.getConnection(other, "postgres", "guess"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("no pg_hba.conf entry");
    assertThat(Files.getPosixFilePermissions(folder.resolve("one/password")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void twoInstallationsDoNotMeet() throws Exception {
    try (Server second = new Server(folder.resolve("two"))) {
      execute(server, "create table mine (x text)");
      assertThat(column(second, "select count(*) from pg_tables where tablename = 'mine'"))
          .containsExactly("0");
      String password = server.postgres.database(server.port).password();
      String url = second.postgres.database(second.port).url();
      assertThatThrownBy(() -> DriverManager.getConnection(url, "bessemer", password))
          .hasMessageContaining("password authentication failed");
    }
  }

  @Test
  void theLockFileOfADeadServerDoesNotHinderTheNext() throws Exception {
    Path lock = folder.resolve("one/data/postmaster.pid");
    assertThat(server.postgres.leftover().orElseThrow().pid())
        .isEqualTo(server.keeper.state().process().pid());
    String text = Files.readString(lock);
    server.keeper.stop();
    // Its process id now belongs to somebody else: to this test.
    Files.writeString(lock, text.replaceFirst("\\d+", "" + ProcessHandle.current().pid()));
    assertThat(server.postgres.leftover()).isEmpty();
    assertThat(lock).doesNotExist();
    server.keeper = server.start();
    assertThat(column(server, "select 1")).containsExactly("1");
  }

  private static void execute(Server server, String sql) throws Exception {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> column(Server server, String sql) throws Exception {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      var values = new java.util.ArrayList<String>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(condition);
  }
}
