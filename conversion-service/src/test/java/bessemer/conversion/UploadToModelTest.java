package bessemer.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Artifact;
import bessemer.contracts.ConvertSpec;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.Scope;
import bessemer.contracts.SourceRequest;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Jobs.Submission;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// From files of the user to a model that is handed out, and what may happen on the way.
class UploadToModelTest {
  private static final long PATIENCE_NANOS = 180_000_000_000L;

  @TempDir Path temp;
  private TestService service;
  private Jobs jobs;
  private Path user;
  private String source;

  @BeforeEach
  void uploadTheBundledModel() throws Exception {
    service =
        TestService.startWhole(
            temp.resolve("home"),
            Map.of(
                "bessemer.local-paths", "true",
                "bessemer.sources.link-from", "0B",
                "bessemer.conversion.memory-bytes", "0",
                "bessemer.conversion.disk-bytes", "0",
                "bessemer.work.poll", "100ms"));
    jobs = new Jobs(service.database.dataSource(), Clock.systemUTC());
    user = Files.createDirectory(temp.resolve("user"));
    List<Artifact> files = new ArrayList<>();
    try (Stream<Path> bundled = Files.list(Path.of("..", "examples", "tiny-llama"))) {
      for (Path file : bundled.filter(Files::isRegularFile).toList()) {
        Path mine = Files.copy(file, user.resolve(file.getFileName()));
        String name = mine.getFileName().toString();
        files.add(new Artifact(name, Files.size(mine), FileHash.sha256(mine)));
      }
    }
    JsonNode view =
        TestService.json(service.post("/api/v1/sources", new SourceRequest("tiny", files)));
    source = view.path("id").asString();
    for (Artifact file : files) {
      HttpResponse<String> answer =
          service.put(
              "/api/v1/sources/%s/files/%s".formatted(source, file.file()),
              new byte[0],
              "X-Bessemer-Local-Path",
              user.resolve(file.file()).toString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private JobView converted(boolean replace) {
    var spec = new ConvertSpec(source, "tiny", "mlx", null, 4, 32, null, false, null, replace);
    JobView job = jobs.submit(new Submission(spec, 0, "test", null)).job();
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!job.state().isFinal()) {
      assertThat(System.nanoTime()).as(job.toString()).isLessThan(end);
      job = jobs.get(job.id());
    }
    return job;
  }

  private List<String> folders() throws IOException {
    try (Stream<Path> folders = Files.list(service.home.resolve("catalogue"))) {
      return folders.map(folder -> folder.getFileName().toString()).toList();
    }
  }

  private HttpResponse<String> model() {
    return service.send(service.request("/api/v1/models/tiny", Scope.WORKER));
  }

  @Test
  void anUploadedSourceBecomesAModelWhoseReplacementTakesItsFolderAway() throws Exception {
    assertThat(converted(false))
        .extracting(JobView::state, JobView::error)
        .containsExactly(JobState.SUCCEEDED, null);
    HttpResponse<String> first = model();
    String folder = first.headers().firstValue("X-Bessemer-Directory").orElseThrow();
    assertThat(folders()).containsExactly(folder);
    for (JsonNode file : TestService.json(first).path("files")) {
      HttpResponse<String> answer =
          service.get("/api/v1/models/tiny/files/" + file.path("file").asString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("ETag"))
          .contains("\"" + file.path("sha256").asString() + "\"");
    }
    assertThat(service.get("/api/v1/models/tiny/parity").statusCode()).isEqualTo(200);

    assertThat(converted(true).state()).isEqualTo(JobState.SUCCEEDED);
    String next = model().headers().firstValue("X-Bessemer-Directory").orElseThrow();
    assertThat(next).isNotEqualTo(folder);
    awaitOnly(next);
    assertThat(service.delete("/api/v1/models/tiny").statusCode()).isEqualTo(204);
    assertThat(folders()).isEmpty();
    assertThat(service.delete("/api/v1/sources/" + source).statusCode()).isEqualTo(204);
    assertThat(user.resolve("model.safetensors")).isNotEmptyFile();
  }

  /// The folder goes after the job has ended.
  private void awaitOnly(String folder) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!folders().equals(List.of(folder))) {
      assertThat(System.nanoTime()).as("%s", folders()).isLessThan(end);
    }
  }

  @Test
  void aJobRefusesALinkedFileThatWasChangedSince() throws Exception {
    Path weights = user.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    Files.setLastModifiedTime(weights, FileTime.from(Instant.now().plusSeconds(5)));

    JobView job = converted(false);

    assertThat(job.state()).isEqualTo(JobState.FAILED);
    assertThat(job.error()).contains("changed", "upload it again");
    assertThat(
            TestService.json(service.get("/api/v1/sources/" + source)).path("complete").asBoolean())
        .isFalse();
  }
}
