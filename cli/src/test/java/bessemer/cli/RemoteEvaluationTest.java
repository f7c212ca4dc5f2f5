package bessemer.cli;

import static bessemer.cli.FakeGateway.events;
import static bessemer.cli.FakeGateway.json;
import static bessemer.cli.FakeGateway.problem;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import bessemer.contracts.Artifact;
import bessemer.foundry.evaluate.EvaluationFile;
import bessemer.foundry.evaluate.Judgement;
import bessemer.foundry.evaluate.LanguagePair;
import bessemer.foundry.evaluate.LearnedMetric;
import bessemer.foundry.evaluate.ParallelText;
import bessemer.foundry.evaluate.Scoring;
import bessemer.foundry.evaluate.Segment;
import bessemer.foundry.evaluate.SystemOutput;
import bessemer.foundry.score.Bleu;
import bessemer.foundry.score.Significance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RemoteEvaluationTest {
  private static final UUID CORPUS = UUID.fromString("11111111-2222-4333-8444-555555555555");
  private static final String TRANSLATOR = "{\"architecture\":\"m2m_100\"}";
  private static final String FOUND = "/api/v1/evaluations/" + FakeJobs.ID;

  @TempDir Path folder;
  private Session session;
  private FakeGateway gateway;
  private FakeUploads sources;
  private Path source;
  private Path reference;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    session = new Session(folder).own(gateway);
    sources = new FakeUploads(gateway, "/api/v1/sources", CORPUS);
    source = Files.writeString(folder.resolve("a.eng"), "one\n");
    reference = Files.writeString(folder.resolve("a.fra"), "un\n");
    String job = "/api/v1/jobs/" + FakeJobs.ID;
    String ended = FakeJobs.succeeded("").replace("\"convert\"", "\"eval\"");
    gateway
        .on("GET /api/v1/models/nllb", json(200, TRANSLATOR))
        .on("GET /api/v1/models/nllb-4bit", json(200, TRANSLATOR))
        .on("POST /api/v1/jobs", json(202, FakeJobs.job("queued")))
        .on(
            "GET " + job + "/events",
            events(
                FakeJobs.event(1, "step", "{\"name\":\"translate\"}"),
                FakeJobs.event(
                    2,
                    "progress",
                    "{\"step\":\"translate\",\"done\":1,\"total\":1,\"unit\":\"lines\"}"),
                FakeJobs.event(3, "succeeded", "{}")))
        .on("GET " + job, json(200, ended))
        .on("GET " + FOUND, json(200, EvaluationFile.json(evaluation())));
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  private static bessemer.foundry.evaluate.Evaluation evaluation() {
    var pair = new LanguagePair("en", "fr");
    var text = new ParallelText("a.eng", List.of(new Segment("", pair, "one", List.of("un"))));
    var system = new SystemOutput("nllb", "greedy", List.of("un"), 1.0);
    var other = new SystemOutput("nllb-4bit", "greedy", List.of("deux"), 1.0);
    var scoring = new Scoring(List.of(new Bleu()), 0, 1, Significance.BOOTSTRAP, 5);
    return Judgement.of(text, List.of(system, other), scoring, LearnedMetric.notInstalled(null));
  }

  @Test
  void evaluatesWithAJobOfTheServices() throws IOException {
    for (String file : List.of("evaluation.json", "evaluation.html", "hypotheses-1.txt")) {
      gateway.on("GET " + FOUND + "/files/" + file, json(200, "\"" + file + "\""));
    }
    gateway.on("GET " + FOUND + "/files/hypotheses-2.txt", json(200, "deux"));
    Path out = folder.resolve("out");
    Done done =
        session.run(
            "eval",
            "translate",
            "nllb",
            "nllb-4bit",
            "--src",
            source,
            "--ref",
            reference,
            "--from",
            "en",
            "--to",
            "fr",
            "--beams",
            4,
            "--metric",
            "bleu",
            "--out",
            out);
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).contains("a.eng, 1 lines", "nllb-4bit: greedy; 1.0 s");
    assertThat(done.err()).contains("job " + FakeJobs.ID, "1 lines", "report: ");
    assertThat(out.resolve("hypotheses-2.txt")).hasContent("deux");
    assertThat(sources.request().files().stream().map(Artifact::file))
        .containsExactly("a.eng", "a.fra");
    JsonNode asked =
        new JsonMapper().readTree(gateway.asked("POST /api/v1/jobs").getFirst().text());
    assertThat(asked.get("kind").asString()).isEqualTo("eval");
    assertThat(asked.at("/spec/models/1").asString()).isEqualTo("nllb-4bit");
    assertThat(asked.at("/spec/corpus/id").asString()).isEqualTo(CORPUS.toString());
    assertThat(asked.at("/spec/corpus/src").asString()).isEqualTo("a.eng");
    assertThat(asked.at("/spec/search/beams").asInt()).isEqualTo(4);
    assertThat(asked.at("/spec/scoring/metrics").toString()).isEqualTo("[\"bleu\"]");
  }

  /// The model nllb, by the two files.
  private Done evaluated() {
    return session.run(
        "eval",
        "translate",
        "nllb",
        "--src",
        source,
        "--ref",
        reference,
        "--from",
        "en",
        "--to",
        "fr");
  }

  @Test
  void nothingIsSentForAModelThatDoesNotTranslate() {
    gateway.on("GET /api/v1/models/nllb", json(200, "{\"architecture\":\"llama\"}"));
    Done done = evaluated();
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("nllb does not translate");
    assertThat(gateway.calls()).containsExactly("GET /api/v1/models/nllb");
  }

  @Test
  void nothingIsSentForAModelThatIsNotThere() {
    gateway.on("GET /api/v1/models/nllb", problem(404, "Not found", "there is no model nllb"));
    Done done = evaluated();
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.err()).contains("there is no model nllb");
    assertThat(gateway.calls()).noneMatch(call -> call.startsWith("POST"));
  }

  @Test
  void detachedItPrintsTheIdAlone() throws IOException {
    Path table = Files.writeString(folder.resolve("c.tsv"), "source\treference\na\tb\n");
    Done done =
        session.run(
            "eval",
            "translate",
            "nllb",
            "--corpus",
            table,
            "--from",
            "en",
            "--to",
            "fr",
            "--detach");
    assertThat(done.out()).isEqualTo(FakeJobs.ID + "\n");
    JsonNode asked =
        new JsonMapper().readTree(gateway.asked("POST /api/v1/jobs").getFirst().text());
    assertThat(asked.at("/spec/corpus/table").asString()).isEqualTo("c.tsv");
    assertThat(asked.at("/spec/corpus/columns/references").toString()).isEqualTo("[\"reference\"]");
  }
}
