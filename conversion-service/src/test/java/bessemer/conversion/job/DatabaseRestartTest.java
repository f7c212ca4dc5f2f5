package bessemer.conversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.db.Schema;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Jobs.Submission;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/// PostgreSQL goes away while a job runs, and comes back.
class DatabaseRestartTest {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration START = Duration.ofMinutes(2);

  @TempDir Path folder;

  private EmbeddedPostgres server(int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setPort(port)
        .setDataDirectory(folder.resolve("data"))
        .setCleanDataDirectory(false)
        .setPGStartupWait(START)
        .setServerConfig("unix_socket_directories", "")
        .start();
  }

  private UUID source(JdbcClient jdbc, Path home) throws IOException {
    UUID id = UUID.randomUUID();
    Path target = Files.createDirectories(home.resolve("sources").resolve(id.toString()));
    try (Stream<Path> files = Files.list(Path.of("..", "examples", "tiny-llama"))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    jdbc.sql(
            """
            insert into source (id, kind, name, sha256, complete)
            values (:id, 'source', 'tiny-llama', :id, true)
            """)
        .param("id", id)
        .update();
    return id;
  }

  /// The database may be away in between.
  private static JobView await(
      Jobs jobs, UUID job, Predicate<JobView> wanted, ServiceProcess service) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .ignoreExceptionsInstanceOf(DataAccessException.class)
        .until(
            () -> {
              assertThat(service.isAlive()).withFailMessage(service::said).isTrue();
              return jobs.get(job);
            },
            wanted);
  }

  @Test
  void aRestartInTheMiddleOfAJobLosesNothing() throws Exception {
    EmbeddedPostgres server = server(0);
    try {
      var database = server.getPostgresDatabase();
      Schema.migrate(database);
      Jobs jobs = new Jobs(database, Clock.systemUTC());
      Path home = folder.resolve("home");
      UUID source = source(JdbcClient.create(database), home);
      var settings = Map.of("BESSEMER_SHARD_BYTES", "20000", "BESSEMER_WORK_HEARTBEAT", "2s");
      try (ServiceProcess service =
          ServiceProcess.start(
              home, server.getJdbcUrl("postgres", "postgres"), "postgres", "", settings)) {
        var spec =
            new ConvertSpec(
                source.toString(), "tiny", "mlx", null, 4, 64, null, false, null, false);
        UUID job = jobs.submit(new Submission(spec, 0, "test", null)).job().id();
        await(
            jobs,
            job,
            _ -> jobs.events(job, 0, 1000).stream().anyMatch(e -> e.type().equals("shard")),
            service);
        int port = server.getPort();
        server.close();
        server = server(port);
        JobView ended = await(jobs, job, view -> view.state().isFinal(), service);
        assertThat(ended.state()).withFailMessage(ended::toString).isEqualTo(JobState.SUCCEEDED);
        List<JobEvent> events = jobs.events(job, 0, 100_000);
        List<Object> shards =
            events.stream()
                .filter(e -> e.type().equals("shard"))
                .map(e -> e.data().get("file"))
                .toList();
        assertThat(shards).doesNotHaveDuplicates().hasSizeGreaterThan(20);
        assertThat(events.getLast().type()).isEqualTo("succeeded");
      }
    } finally {
      server.close();
    }
  }
}
