package bessemer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.EvalSpec;
import bessemer.contracts.EvalSpec.CorpusFiles;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.Scope;
import bessemer.db.TestDatabase;
import bessemer.db.workers.Workers;
import bessemer.foundry.score.Bleu;
import bessemer.foundry.score.Chrf;
import bessemer.foundry.score.Corpus;
import bessemer.foundry.score.Resampling;
import bessemer.foundry.score.Result;
import bessemer.foundry.score.TextLines;
import bessemer.service.CallSigner;
import bessemer.service.Caller;
import bessemer.service.TokenKeys;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The whole service with jobs of the queue and calls over HTTP.
class EvaluationTest {
  private static final String SOURCE = "a b c\nh e l l o\n\nq\nx y\n";
  private static final String REFERENCE = "l s b b\nm p q q n\n\nx y z\na b\n";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir static Path home;
  private static TestDatabase database;
  private static ConfigurableApplicationContext service;
  private static CallSigner signer;
  private static Scene scene;

  @BeforeAll
  static void start() throws IOException {
    database = TestDatabase.create();
    scene = new Scene(home, database);
    scene.model("letters");
    scene.model("letters-4bit");
    signer = new CallSigner(TokenKeys.loadOrCreate(home.resolve("keys")), Clock.systemUTC());
    service =
        SpringApplication.run(
            Main.class,
            "--bessemer.home=" + home,
            "--bessemer.evaluation.memory-bytes=0",
            "--bessemer.evaluation.disk-bytes=0",
            "--bessemer.evaluation.chunk=2",
            "--bessemer.work.poll=200ms",
            "--server.port=0",
            "--management.server.port=0",
            "--logging.structured.format.console=",
            "--logging.level.root=WARN",
            "--spring.datasource.url=" + database.url(),
            "--spring.datasource.username=" + database.user(),
            "--spring.datasource.password=" + database.password());
  }

  @AfterAll
  static void end() {
    service.close();
    database.close();
  }

  private static JobView done(UUID job) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> scene.jobs.get(job), view -> view.state().isFinal());
  }

  private static HttpResponse<String> get(String path, String accept, Scope... scopes)
      throws Exception {
    int port = ((WebServerApplicationContext) service).getWebServer().getPort();
    String token = signer.token("eval-service", new Caller("test", Set.of(scopes), "default"));
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)))
            .header("Authorization", "Bearer " + token)
            .header("Accept", accept)
            .build();
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.ofString());
    }
  }

  @Test
  void scoresAreThoseOfItsTranslations() throws Exception {
    String corpus = scene.corpus("src", SOURCE, "ref", REFERENCE);
    JobView job = done(scene.submit(Scene.spec(Scene.plain(corpus), "letters")));
    assertThat(job.state()).as(job::toString).isEqualTo(JobState.SUCCEEDED);

    Path report = scene.report(job);
    List<String> hypotheses = TextLines.read(report.resolve("hypotheses-1.txt"));
    assertThat(hypotheses).startsWith("l s b b", "m p q q n", "");
    var lines = Corpus.of(hypotheses, List.of(REFERENCE.lines().toList()));
    JsonNode found = new JsonMapper().readTree(report.resolve("evaluation.json"));
    List<Result> expected =
        Stream.of(new Bleu(), new Chrf())
            .map(metric -> Result.of(metric, lines, new Resampling(20)))
            .toList();
    for (int i = 0; i < expected.size(); i++) {
      JsonNode scores = found.at("/parts/0/metrics/" + i);
      assertThat(scores.get("signature").asString()).isEqualTo(expected.get(i).signature());
      assertThat(scores.at("/values/0/score").asDouble())
          .isEqualTo(expected.get(i).score().value());
      Map<?, ?> told = (Map<?, ?>) ((List<?>) job.result().get("scores")).get(i);
      assertThat(told.get("score")).isEqualTo(expected.get(i).score().value());
    }
    assertThat(found.at("/systems/0/description").asString()).startsWith("greedy");
    assertThat(report.resolve("chunks")).doesNotExist();
    assertThat(scene.jobs.events(job.id(), 0, 100).stream().map(JobEvent::type))
        .contains("step", "note", "shard", "succeeded");
  }

  @Test
  void comparesTwoModelsAndGivesTheReportOverHttp() throws Exception {
    String corpus =
        scene.corpus("c.tsv", "source\treference\tto\na b c\tl s b b\tfra_Latn\nq\tx\tdeu_Latn\n");
    var table = new CorpusFiles(corpus, null, List.of(), "c.tsv", null, "eng_Latn", null);
    UUID id = scene.submit(Scene.spec(table, "letters", "letters-4bit"));
    JobView job = done(id);
    assertThat(job.state()).as(job::toString).isEqualTo(JobState.SUCCEEDED);

    HttpResponse<String> json = get("/api/v1/evaluations/" + id, "application/json", Scope.READ);
    assertThat(json.statusCode()).isEqualTo(200);
    JsonNode report = new JsonMapper().readTree(json.body());
    assertThat(report.at("/systems/1/name").asString()).isEqualTo("letters-4bit");
    assertThat(report.at("/corpus/pairs/1").asString()).isEqualTo("eng_Latn-deu_Latn");
    assertThat(report.at("/parts/0/metrics/0/p_value").asDouble())
        .isEqualTo(1.0 / 21); // of equal systems no sample differs by more, as sacrebleu counts
    assertThat(get("/api/v1/evaluations/" + id, "text/html", Scope.READ).body())
        .contains("<svg", "letters-4bit");
    String files = "/api/v1/evaluations/" + id + "/files/";
    assertThat(get(files + "hypotheses-2.txt", "*/*", Scope.READ).body()).startsWith("l s b b\n");
    assertThat(get(files + "hypotheses-3.txt", "*/*", Scope.READ).statusCode()).isEqualTo(404);
    assertThat(get(files + "..%2Fx", "*/*", Scope.READ).statusCode()).isIn(400, 404);
    assertThat(get("/api/v1/evaluations/" + id, "*/*", Scope.INFER).statusCode()).isEqualTo(403);
    assertThat(get("/api/v1/evaluations?model=letters-4bit", "*/*", Scope.READ).body())
        .contains(id.toString());
    assertThat(get("/api/v1/evaluations?model=nobody", "*/*", Scope.READ).body())
        .contains("\"items\":[]");
    assertThat(get("/api/v1/evaluations/" + UUID.randomUUID(), "*/*", Scope.READ).statusCode())
        .isEqualTo(404);
  }

  @Test
  void aBadCorpusFailsTheJobWithFileAndLine() throws Exception {
    String corpus = scene.corpus("src", "a\nb\n", "ref", "a\n");
    JobView job = done(scene.submit(Scene.spec(Scene.plain(corpus), "letters")));
    assertThat(job.state()).isEqualTo(JobState.FAILED);
    assertThat(job.error()).contains("src has 2 lines", "line 2 of the longer one");

    String table = scene.corpus("bad.jsonl", "{\"source\": \"a\"}\n");
    var files = new CorpusFiles(table, null, List.of(), "bad.jsonl", null, "en", "fr");
    assertThat(done(scene.submit(Scene.spec(files, "letters"))).error())
        .isEqualTo("bad.jsonl, line 1: there is no text \"reference\"; it has source");
    var german = new CorpusFiles(corpus, "src", List.of("src"), null, null, "en", "Klingon");
    assertThat(done(scene.submit(Scene.spec(german, "letters"))).error())
        .contains("letters: ", "Klingon");

    String changed = scene.corpus("src", "x\n", "ref", "y\n");
    Files.writeString(home.resolve("sources").resolve(changed).resolve("src"), "z\n");
    assertThat(done(scene.submit(Scene.spec(Scene.plain(changed), "letters"))).error())
        .contains("src of source " + changed + " is gone or was changed");
    assertThat(Files.list(home.resolve("evaluations")).map(p -> p.getFileName().toString()))
        .noneMatch(name -> name.startsWith(job.id().toString()));
  }

  @Test
  void whatCannotBeIsRefusedWhenItIsSubmitted() throws Exception {
    String corpus = scene.corpus("src", SOURCE, "ref", REFERENCE);
    refused("spec.models", Scene.spec(Scene.plain(corpus), "nobody"));
    var files = new CorpusFiles(corpus, "src", List.of("nothing"), null, null, "en", "fr");
    refused("spec.corpus", Scene.spec(files, "letters"));
    refused("spec.corpus.id", Scene.spec(Scene.plain(UUID.randomUUID().toString()), "letters"));
  }

  private static void refused(String field, EvalSpec spec) {
    assertThatThrownBy(() -> scene.submit(spec))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  @Test
  void theRegistryOfWorkersKnowsIt() {
    var workers = new Workers(database.dataSource());
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(workers.live())
                .anySatisfy(worker -> {
                  assertThat(worker.id()).startsWith("evaluation-");
                  assertThat(worker.last().kind()).isEqualTo("evaluation");
                }));
  }
}
