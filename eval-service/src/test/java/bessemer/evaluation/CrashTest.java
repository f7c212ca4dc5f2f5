package bessemer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.db.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The service as a process that is killed in the middle of its work.
class CrashTest {
  private static final int LINES = 24; // a chunk each
  private static final int KILLS = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir Path home;

  @Test
  void aKilledEvaluationEndsWithTheSameTranslationsAndScores() throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      var scene = new Scene(home, database);
      scene.model("letters");
      EvalSpec spec = spec(corpus(scene));

      JobView undisturbed;
      try (ServiceProcess service = ServiceProcess.start(home, database)) {
        undisturbed = await(scene, scene.submit(spec), j -> j.state().isFinal(), service);
      }
      assertThat(undisturbed.state()).as(undisturbed::toString).isEqualTo(JobState.SUCCEEDED);

      UUID job = scene.submit(spec);
      for (int kill = 1; kill <= KILLS; kill++) {
        int wanted = kill * LINES / (KILLS + 1);
        try (ServiceProcess service = ServiceProcess.start(home, database)) {
          await(scene, job, _ -> shards(scene, job) >= wanted, service);
          service.kill();
        }
        assertThat(scene.jobs.get(job).state()).isEqualTo(JobState.RUNNING);
      }
      JobView crashed;
      try (ServiceProcess service = ServiceProcess.start(home, database)) {
        crashed = await(scene, job, j -> j.state().isFinal(), service);
        onlyReportsAreLeft(2);
      }

      assertThat(crashed.state()).as(crashed::toString).isEqualTo(JobState.SUCCEEDED);
      assertThat(crashed.epoch()).isEqualTo(KILLS + 1);
      assertThat(crashed.result().get("scores")).isEqualTo(undisturbed.result().get("scores"));
      assertThat(scene.report(crashed).resolve("hypotheses-1.txt"))
          .hasSameTextualContentAs(scene.report(undisturbed).resolve("hypotheses-1.txt"));
      assertThat(parts(scene, crashed)).isEqualTo(parts(scene, undisturbed));
      assertThat(files(scene, job)).hasSize(LINES).doesNotHaveDuplicates();
    }
  }

  /// The folders of attempts that died go after the job's end.
  private void onlyReportsAreLeft(int jobs) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(home.resolve("evaluations").toFile().list()).hasSize(jobs));
  }

  /// Short translations, for a translator of letters has much to say of nonsense.
  private static EvalSpec spec(String corpus) {
    var search = new EvalSpec.Search(1, 12, null, null, null);
    return new EvalSpec(
        List.of("letters"), Scene.plain(corpus), search, null, 20, null, "bootstrap");
  }

  private static String corpus(Scene scene) throws IOException {
    var random = new Random(7);
    var source = new StringBuilder();
    var reference = new StringBuilder();
    for (int line = 0; line < LINES; line++) {
      for (int word = 0; word < 1 + line % 12; word++) {
        source.append((char) ('a' + random.nextInt(26))).append(' ');
        reference.append((char) ('a' + random.nextInt(26))).append(' ');
      }
      source.append('\n');
      reference.append('\n');
    }
    return scene.corpus("src", source.toString(), "ref", reference.toString());
  }

  private static JobView await(
      Scene scene, UUID job, Predicate<JobView> wanted, ServiceProcess service) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              assertThat(service.isAlive()).withFailMessage(service::said).isTrue();
              return scene.jobs.get(job);
            },
            wanted);
  }

  private static long shards(Scene scene, UUID job) {
    return files(scene, job).size();
  }

  private static List<Object> files(Scene scene, UUID job) {
    return scene.jobs.events(job, 0, 10_000).stream()
        .filter(event -> event.type().equals("shard"))
        .map(JobEvent::data)
        .map(data -> data.get("file"))
        .toList();
  }

  private static JsonNode parts(Scene scene, JobView job) throws IOException {
    byte[] json = Files.readAllBytes(scene.report(job).resolve("evaluation.json"));
    return new JsonMapper().readTree(json).get("parts");
  }
}
