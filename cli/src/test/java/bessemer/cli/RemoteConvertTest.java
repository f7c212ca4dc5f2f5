package bessemer.cli;

import static bessemer.cli.FakeGateway.broken;
import static bessemer.cli.FakeGateway.events;
import static bessemer.cli.FakeGateway.json;
import static bessemer.cli.FakeGateway.problem;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.FakeGateway.Asked;
import bessemer.cli.Session.Done;
import bessemer.contracts.Artifact;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.foundry.parity.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteConvertTest {
  private static final UUID SOURCE = UUID.fromString("11111111-2222-4333-8444-555555555555");
  private static final UUID PACK = UUID.fromString("66666666-7777-4888-9999-aaaaaaaaaaaa");
  private static final Path TINY = Session.EXAMPLES.resolve("tiny-llama");
  private static final String JOB = "/api/v1/jobs/" + FakeJobs.ID;

  @TempDir Path folder;
  private Session session;
  private FakeGateway gateway;
  private FakeUploads sources;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    session = new Session(folder).own(gateway);
    sources = new FakeUploads(gateway, "/api/v1/sources", SOURCE);
    ends("measured", Verdict.MEASURED);
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  /// The job that is submitted next goes well, with this verdict.
  private void ends(String recorded, Verdict verdict) {
    gateway
        .on("POST /api/v1/jobs", json(202, FakeJobs.job("queued")))
        .on("GET " + JOB + "/events", events(FakeJobs.story(recorded)))
        .on("GET " + JOB, json(200, FakeJobs.succeeded(recorded)))
        .on("GET /api/v1/models/qwen/parity", json(200, ReportFile.json(report(verdict))));
    gateway.on("GET /api/v1/models/qwen", problem(404, "Not found", "there is no model qwen"));
  }

  private static ParityReport report(Verdict verdict) {
    return report(verdict, "llama");
  }

  private static ParityReport report(Verdict verdict, String architecture) {
    return new ParityReport(
        ParityReport.FORMAT,
        ParityReport.VERSION,
        verdict,
        "a headline",
        List.of("a reason"),
        new ParityReport.Model("qwen", architecture, "all weights"),
        null,
        new ParityReport.Machine("25", "Linux", 2, "cpu"),
        new TreeMap<>(),
        List.of(),
        null,
        List.of(),
        List.of(),
        List.of(),
        null,
        1.5);
  }

  @Test
  void convertsWithAJobOfTheServices() throws IOException {
    Path pack = Session.EXAMPLES.resolve("tiny-llama-reference");
    var references = new FakeUploads(gateway, "/api/v1/references", PACK);
    Done done = session.run("convert", TINY, "--name", "qwen", "-q", 4, "--reference", pack);
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).startsWith("a headline\nmodel      qwen");
    assertThat(done.err())
        .contains("job %1$s (%2$s/jobs/%1$s)".formatted(FakeJobs.ID, gateway.url()))
        .contains("runs on conversion@here")
        .contains("convert            3.00 s, 2.00 KB")
        .contains("model: qwen (./bessemer generate qwen --prompt TEXT)")
        .doesNotContain("\u001b");
    assertThat(sources.request().name()).isEqualTo("tiny-llama");
    assertThat(sources.request().files().stream().map(Artifact::file))
        .containsExactly(
            "chat_template.jinja",
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json");
    assertThat(sources.content("model.safetensors"))
        .isEqualTo(Files.readAllBytes(TINY.resolve("model.safetensors")));
    assertThat(references.request().files().stream().map(Artifact::file))
        .containsExactly("reference.json", "reference.safetensors");
    Asked submitted = gateway.asked("POST /api/v1/jobs").getFirst();
    assertThat(submitted.headers().get("Idempotency-Key")).hasSize(36);
    assertThat(submitted.text())
        .isEqualTo(
            """
            {"kind":"convert","spec":{"source":"%s","name":"qwen","to":"mlx","dtype":null,"bits":4,\
            "group_size":64,"recipe":null,"dequantize":false,"reference":"%s","replace":false},\
            "priority":0}\
            """
                .formatted(SOURCE, PACK));
  }

  @Test
  void saysHowATranslatorIsAsked() {
    String report = ReportFile.json(report(Verdict.MEASURED, "m2m_100"));
    gateway.on("GET /api/v1/models/qwen/parity", json(200, report));
    assertThat(session.run("convert", TINY, "--name", "qwen").err())
        .contains("model: qwen (./bessemer translate qwen --from LANGUAGE --to LANGUAGE TEXT)");
  }

  @Test
  void handsFilesOverByTheirPathOnTheSameMachine() {
    assertThat(session.run("convert", TINY, "--name", "qwen").code()).isZero();
    Asked put = gateway.asked("PUT /api/v1/sources/" + SOURCE + "/files/config.json").getFirst();
    assertThat(put.headers())
        .containsEntry("X-Bessemer-Local-Path", real(TINY.resolve("config.json")))
        .containsEntry("Content-Length", "0")
        .containsEntry("X-Content-SHA256", sources.request().files().get(1).sha256());
  }

  private static String real(Path file) {
    try {
      return file.toRealPath().toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void uploadsWhereFilesAreNotTakenByTheirPath() throws IOException {
    sources.refusesPaths();
    Done done = session.run("convert", TINY, "--name", "qwen");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.err()).contains("files are uploaded: files cannot be linked here");
    assertThat(sources.content("model.safetensors"))
        .isEqualTo(Files.readAllBytes(TINY.resolve("model.safetensors")));
    assertThat(byPath()).hasSize(1); // asked once, not for each file
  }

  private List<String> byPath() {
    return gateway.calls().stream()
        .filter(call -> call.startsWith("PUT"))
        .filter(call ->
            gateway.asked(call).stream()
                .anyMatch(asked -> asked.headers().containsKey("X-Bessemer-Local-Path")))
        .distinct()
        .toList();
  }

  @Test
  void goesOnWithAnUploadThatBrokeOff() throws IOException {
    sources.breaksAfter(100);
    Done done = session.remote(gateway).run("convert", TINY, "--name", "qwen");
    assertThat(done.code()).as(done.err()).isZero();
    String first = sources.request().files().getFirst().file();
    byte[] whole = Files.readAllBytes(TINY.resolve(first));
    List<Asked> puts = gateway.asked("PUT /api/v1/sources/" + SOURCE + "/files/" + first);
    assertThat(puts).hasSize(2);
    assertThat(puts.get(0).headers()).doesNotContainKey("Content-Range");
    assertThat(puts.get(1).headers())
        .containsEntry("Content-Range", "bytes 100-%d/%d".formatted(whole.length - 1, whole.length))
        .containsEntry("Content-Length", String.valueOf(whole.length - 100));
    assertThat(sources.content(first)).isEqualTo(whole);
    assertThat(byPath()).isEmpty(); // the other machine does not see these files
  }

  @Test
  void sendsNothingThatIsThere() {
    session.run("convert", TINY, "--name", "qwen");
    int puts = puts();
    assertThat(session.run("convert", TINY, "--name", "qwen").code()).isZero();
    assertThat(puts()).isEqualTo(puts);
  }

  private int puts() {
    return (int) gateway.calls().stream().filter(call -> call.startsWith("PUT")).count();
  }

  @Test
  void answersFourForARejectedModel() {
    ends("rejected", Verdict.REJECTED);
    Done done = session.run("convert", TINY, "--name", "qwen");
    assertThat(done.code()).isEqualTo(4);
    assertThat(done.out()).startsWith("a headline");
  }

  @Test
  void saysWhatMadeAJobFail() {
    String failed = FakeJobs.job(FakeJobs.ID, "failed", "{}", "\"model.safetensors: cut off\"");
    gateway
        .on("GET " + JOB + "/events", events(FakeJobs.event(1, "failed", "{\"error\":\"x\"}")))
        .on("GET " + JOB, json(200, failed));
    Done done = session.run("convert", TINY, "--name", "qwen");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err())
        .endsWith("error: job %s failed: model.safetensors: cut off\n".formatted(FakeJobs.ID));
    assertThat(done.out()).isEmpty();
  }

  @Test
  void printsOnlyTheIdWithDetach() {
    Done done = session.run("convert", TINY, "--name", "qwen", "--detach");
    assertThat(done.code()).isZero();
    assertThat(done.out()).isEqualTo(FakeJobs.ID + "\n");
    assertThat(gateway.asked("GET " + JOB + "/events")).isEmpty();
  }

  @Test
  void printsTheReportAsJson() {
    Done done = session.run("convert", TINY, "--name", "qwen", "--json");
    assertThat(done.out()).isEqualTo(ReportFile.json(report(Verdict.MEASURED)));
  }

  @Test
  void refusesANameThatIsTakenBeforeAnythingIsSent() {
    gateway.on("GET /api/v1/models/qwen", json(200, "{}"));
    Done done = session.run("convert", TINY, "--name", "qwen");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err())
        .isEqualTo(
            "error: there is a model qwen already: choose another --name, or add --replace\n");
    assertThat(gateway.calls()).containsExactly("GET /api/v1/models/qwen");
  }

  @Test
  void saysReplaceWhenANameWasTakenMeanwhile() {
    gateway.on("POST /api/v1/jobs", problem(409, "Conflict", "there is a model qwen"));
    Done done = session.run("convert", TINY, "--name", "qwen");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err())
        .endsWith("error: there is a model qwen; add --replace to let it give way\n");
  }

  @Test
  void letsAModelGiveWayWithReplace() {
    gateway.on("GET /api/v1/models/qwen", json(200, "{}"));
    assertThat(session.run("convert", TINY, "--name", "qwen", "--replace").code()).isZero();
    assertThat(gateway.asked("POST /api/v1/jobs").getFirst().text()).contains("\"replace\":true");
  }

  @Test
  void refusesWrongOptionsBeforeAnyCall() {
    assertThat(session.run("convert", TINY, "--name", "qwen", "-q", 7).err())
        .isEqualTo("error: -q: '7' must be one of 2, 3, 4, 5, 6, 8\n");
    assertThat(session.run("convert", TINY, "--name", "Qwen 2").code()).isEqualTo(2);
    assertThat(session.run("convert", TINY).err()).contains("--name NAME");
    assertThat(session.run("convert", TINY, "--out", "x").err()).contains("--out needs --local");
    assertThat(session.run("convert", TINY, "--name", "x", "-q", 4, "--dequantize").code())
        .isEqualTo(2);
    assertThat(gateway.calls()).isEmpty();
  }

  @Test
  void answersNotFoundForASourceOrAPackThatIsNotThere() {
    Done source = session.run("convert", "nowhere", "--name", "qwen");
    assertThat(source.code()).isEqualTo(3);
    assertThat(source.err()).contains("nowhere is no directory");
    Done pack = session.run("convert", TINY, "--name", "qwen", "--reference", TINY);
    assertThat(pack.code()).isEqualTo(3);
    assertThat(pack.err()).contains("no reference.json").doesNotContain("\tat ");
  }

  @Test
  void sendsNoFileThatALinkFetchesFromElsewhere() throws IOException {
    Path source = session.copy("llama-tied");
    Path secret = Files.writeString(folder.resolve("secret"), "not yours");
    Files.createSymbolicLink(source.resolve("merges.txt"), secret);
    Done done = session.run("convert", source, "--name", "qwen");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err()).contains("merges.txt leads to", "outside of its directory");
    assertThat(gateway.asked("POST /api/v1/sources")).isEmpty();
  }

  @Test
  void pinsAHubRevisionToItsCommit() {
    String commit = "0123456789abcdef0123456789abcdef01234567";
    gateway.on(
        "GET /api/v1/sources/resolve",
        json(200, "{\"name\":\"org/name\",\"revision\":\"%s\"}".formatted(commit)));
    Done done =
        session.run("convert", "hf:org/name", "--name", "qwen", "--reference", "auto", "--detach");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(gateway.calls())
        .contains("GET /api/v1/sources/resolve?name=org%2Fname&revision=main");
    assertThat(gateway.asked("POST /api/v1/jobs").getFirst().text())
        .contains("\"source\":\"hf:org/name@" + commit + "\"", "\"reference\":\"auto\"");
  }

  @Test
  void submitsOnceEvenWhenTheAnswerIsLost() {
    gateway.on("POST /api/v1/jobs", broken(), json(202, FakeJobs.job("queued")));
    Done done = session.run("convert", TINY, "--name", "qwen", "--detach");
    assertThat(done.code()).as(done.err()).isZero();
    List<Asked> submits = gateway.asked("POST /api/v1/jobs");
    assertThat(submits).hasSize(2);
    assertThat(submits.get(0).headers().get("Idempotency-Key"))
        .isEqualTo(submits.get(1).headers().get("Idempotency-Key"));
  }
}
