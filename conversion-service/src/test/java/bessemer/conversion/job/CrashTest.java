package bessemer.conversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.db.TestDatabase;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Jobs.Submission;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The whole service as a process that dies, over and over.
class CrashTest {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final int KILLS = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Map<String, String> MANY_SHARDS = Map.of("BESSEMER_SHARD_BYTES", "20000");

  private final JdbcClient jdbc = JdbcClient.create(DATABASE.dataSource());
  private final Jobs jobs = new Jobs(DATABASE.dataSource(), Clock.systemUTC());
  private final Catalogue catalogue = new Catalogue(DATABASE.dataSource());

  @TempDir Path home;

  /// The bundled model as a registered source.
  private UUID source() throws IOException {
    Path example = Path.of("..", "examples", "tiny-llama");
    UUID id = UUID.randomUUID();
    jdbc.sql(
            """
            insert into source (id, kind, name, sha256, complete)
            values (:id, 'source', 'tiny-llama', :id, true)
            """)
        .param("id", id)
        .update();
    Path folder = Files.createDirectories(home.resolve("sources").resolve(id.toString()));
    try (Stream<Path> files = Files.list(example)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    return id;
  }

  private UUID submit(UUID source, String name) {
    var spec =
        new ConvertSpec(source.toString(), name, "mlx", null, 4, 64, null, false, null, false);
    return jobs.submit(new Submission(spec, 0, "test", null)).job().id();
  }

  private JobView await(UUID job, Predicate<JobView> wanted, ServiceProcess service) {
    return Awaitility.await()
        .alias(job.toString())
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              assertThat(service.isAlive()).withFailMessage(service::said).isTrue();
              return jobs.get(job);
            },
            wanted);
  }

  /// What matters of a model: all but the report, which tells how long it took.
  private Map<String, String> hashes(String model) throws IOException {
    Path directory = home.resolve("catalogue").resolve(catalogue.directory(model).orElseThrow());
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file :
          files.filter(f -> !f.getFileName().toString().startsWith("parity.")).toList()) {
        hashes.put(String.valueOf(file.getFileName()), FileHash.sha256(file));
      }
    }
    return hashes;
  }

  /// What the dead left of models that nobody knows is gone after the next start.
  private void everythingIsSwept() throws Exception {
    try (ServiceProcess service = ServiceProcess.start(home, DATABASE, MANY_SHARDS)) {
      Path catalogue = home.resolve("catalogue");
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(catalogue).as(service.said()).isEmptyDirectory());
    }
  }

  /// One claim for each epoch, each shard committed once, nothing after the end.
  private void historyIsSound(UUID job) {
    List<JobEvent> events = jobs.events(job, 0, 100_000);
    Map<String, Integer> shards = new HashMap<>();
    List<Integer> claims = new ArrayList<>();
    int epoch = 0;
    for (int i = 0; i < events.size(); i++) {
      JobEvent event = events.get(i);
      assertThat(event.seq()).isEqualTo(i + 1);
      assertThat(event.epoch()).isGreaterThanOrEqualTo(epoch);
      epoch = event.epoch();
      if (event.type().equals("claimed")) {
        claims.add(event.epoch());
      }
      if (event.type().equals("shard")) {
        shards.merge((String) event.data().get("file"), 1, Integer::sum);
      }
    }
    assertThat(claims).doesNotHaveDuplicates();
    assertThat(shards.values()).allMatch(times -> times == 1);
    assertThat(events.getLast().type()).isEqualTo("succeeded");
    assertThat(events.stream().filter(e -> e.type().equals("succeeded"))).hasSize(1);
  }

  @Test
  void aJobWhoseWorkerIsKilledAtRandomInstantsEndsAsIfNothingHadHappened() throws Exception {
    UUID source = source();
    Map<String, String> undisturbed;
    try (ServiceProcess service = ServiceProcess.start(home, DATABASE, MANY_SHARDS)) {
      UUID job = submit(source, "same");
      assertThat(await(job, j -> j.state().isFinal(), service).state())
          .isEqualTo(JobState.SUCCEEDED);
      undisturbed = hashes("same");
    }
    assertThat(undisturbed.keySet().stream().filter(f -> f.endsWith("safetensors")).count())
        .isGreaterThan(20);
    jdbc.sql("delete from model").update();

    Random random = new Random(20);
    int kills = 0;
    int finished = 0;
    int attempts = 0;
    while (kills < KILLS) {
      UUID job = submit(source, "same");
      JobView view = jobs.get(job);
      while (!view.state().isFinal()) {
        int before = view.epoch();
        try (ServiceProcess service = ServiceProcess.start(home, DATABASE, MANY_SHARDS)) {
          await(job, j -> j.epoch() > before || j.state().isFinal(), service);
          long deadline = System.nanoTime() + random.nextLong(TimeUnit.MILLISECONDS.toNanos(1500));
          boolean enough = kills >= KILLS;
          await(
              job, j -> j.state().isFinal() || (!enough && System.nanoTime() >= deadline), service);
          if (!jobs.get(job).state().isFinal()) {
            service.kill();
            kills++;
          }
        }
        view = jobs.get(job);
        attempts = Math.max(attempts, view.epoch());
      }
      assertThat(view.state()).withFailMessage(view::toString).isEqualTo(JobState.SUCCEEDED);
      assertThat(hashes("same")).isEqualTo(undisturbed);
      historyIsSound(job);
      jdbc.sql("delete from model").update();
      finished++;
    }
    assertThat(finished).isPositive();
    assertThat(attempts).isGreaterThan(1);
    everythingIsSwept();
  }
}
