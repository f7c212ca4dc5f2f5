package bessemer.conversion.sources;

import static bessemer.conversion.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Artifact;
import bessemer.contracts.Scope;
import bessemer.contracts.SourceRequest;
import bessemer.conversion.TestService;
import bessemer.db.catalogue.Sources;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {
  private static final AtomicLong SEED = new AtomicLong(200);

  @TempDir static Path home;
  private static TestService service;

  @BeforeAll
  static void start() {
    service = TestService.start(home, Map.of("bessemer.sources.max-bytes", "1000B"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @BeforeEach
  void empty() {
    service.sql().sql("delete from job").update();
    service.sql().sql("delete from source").update();
  }

  private static Artifact file(String name, long bytes) {
    return new Artifact(name, bytes, "%064x".formatted(SEED.incrementAndGet()));
  }

  private static HttpResponse<String> register(String kind, Artifact... files) {
    return service.post("/api/v1/" + kind, new SourceRequest("tiny", List.of(files)));
  }

  private static UUID job(String state, String spec) {
    return service
        .sql()
        .sql(
            """
            insert into job (kind, capability, spec, spec_sha256, state, created_by)
            values ('convert', 'cpu', :spec::jsonb, '', :state, 'test') returning id
            """)
        .param("spec", spec)
        .param("state", state)
        .query(UUID.class)
        .single();
  }

  @Test
  void registeringTwiceAnswersTheSameSource() {
    for (String kind : List.of("sources", "references")) {
      Artifact[] files = {file("a", 10), file("b", 20)};
      HttpResponse<String> first = register(kind, files);
      HttpResponse<String> again = register(kind, files[1], files[0]);

      assertThat(first.statusCode()).isEqualTo(201);
      assertThat(first.headers().firstValue("Location"))
          .contains("/api/v1/%s/%s".formatted(kind, json(first).path("id").asString()));
      assertThat(again.statusCode()).isEqualTo(200);
      assertThat(again.body()).isEqualTo(first.body());
      assertThat(json(first).path("complete").asBoolean()).isFalse();
      assertThat(json(first).path("received").values()).hasSize(2);
    }
    MeterRegistry meters = service.bean(MeterRegistry.class);
    for (String kind : List.of("source", "reference")) {
      assertThat(meters.get("bessemer.sources").tag("kind", kind).gauge().value()).isEqualTo(1);
    }
  }

  @Test
  void moreThanIsAllowedIsRefused() {
    assertThat(register("sources", file("a", 400), file("b", 600)).statusCode()).isEqualTo(201);
    HttpResponse<String> answer = register("sources", file("a", 400), file("b", 601));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("detail").asString()).contains("1000 bytes");
    assertThat(
            register("sources", file("a", Long.MAX_VALUE), file("b", Long.MAX_VALUE)).statusCode())
        .isEqualTo(400);
    assertThat(register("sources", file("a", 1), file("A", 1)).statusCode()).isEqualTo(400);
  }

  @Test
  void aThousandFilesWithLongNamesAreASource() {
    Artifact[] files = new Artifact[1000];
    for (int i = 0; i < files.length; i++) {
      files[i] = file("%04d".formatted(i) + "x".repeat(124), 1);
    }
    assertThat(register("sources", files).statusCode()).isEqualTo(201);
  }

  @Test
  void aNameThatLeadsElsewhereCannotBeRegistered() {
    for (String name :
        List.of(
            "../x", "a/b", "/etc/passwd", ".hidden", "", "a\\u0000b", "\\\\\\\\host", "a\\\\b")) {
      String body =
          "{\"name\":\"n\",\"files\":[{\"file\":\"%s\",\"bytes\":1,\"sha256\":\"%s\"}]}"
              .formatted(name, "a".repeat(64));
      HttpResponse<String> answer =
          service.send(
              service
                  .request("/api/v1/sources", Scope.WRITE)
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString(body)));

      assertThat(answer.statusCode()).as(name).isEqualTo(400);
      assertThat(json(answer).path("field").asString()).isEqualTo("files[0].file");
    }
  }

  @Test
  void listsPageByPageNewestFirst() {
    for (int i = 0; i < 3; i++) {
      register("sources", file("a", i));
    }
    register("references", file("a", 3));

    HttpResponse<String> first = service.get("/api/v1/sources?limit=2");
    assertThat(json(first).path("items").values()).hasSize(2);
    String cursor = json(first).path("cursor").asString();
    HttpResponse<String> second = service.get("/api/v1/sources?limit=2&cursor=" + cursor);
    assertThat(json(second).path("items").values()).hasSize(1);
    assertThat(json(second).path("cursor").isNull()).isTrue();
    assertThat(service.get("/api/v1/sources?limit=0").statusCode()).isEqualTo(400);
    assertThat(service.get("/api/v1/sources?cursor=x").statusCode()).isEqualTo(400);
  }

  @Test
  void aSourceThatALiveJobNamesIsNotDeleted() throws Exception {
    String id = json(register("sources", file("a", 10))).path("id").asString();
    String path = "/api/v1/sources/" + id;
    service.put(path + "/files/a", new byte[1], "Content-Range", "bytes 0-0/10");
    Path directory = home.resolve("sources").resolve(id);
    assertThat(directory).isDirectory();
    UUID job = job("RUNNING", "{\"source\":\"%s\",\"name\":\"m\"}".formatted(id));

    HttpResponse<String> refused = service.delete(path);
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(json(refused).path("detail").asString()).contains(job.toString());
    assertThat(directory).isDirectory();

    service.sql().sql("update job set state = 'SUCCEEDED'").update();
    assertThat(service.delete(path).statusCode()).isEqualTo(204);
    assertThat(directory).doesNotExist();
    assertThat(service.get(path).statusCode()).isEqualTo(404);
    assertThat(service.delete(path).statusCode()).isEqualTo(404);
  }

  @Test
  void anIdThatIsNoneIsNotFound() {
    for (String id :
        List.of("x", "1-1-1-1-1", "..", "%2e%2e%2fkeys", UUID.randomUUID().toString())) {
      assertThat(service.get("/api/v1/sources/" + id).statusCode()).as(id).isIn(400, 404);
      assertThat(service.delete("/api/v1/references/" + id).statusCode()).as(id).isIn(400, 404);
    }
    assertThat(home.resolve("keys/token.key")).exists();
  }

  @Test
  void aCallWithoutSignatureOrScopeIsRefused() throws Exception {
    String id = json(register("sources", file("a", 10))).path("id").asString();
    var bare =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/api/v1/sources".formatted(service.port())))
            .build();
    try (var http = HttpClient.newHttpClient()) {
      assertThat(http.send(bare, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
    }
    var path = "/api/v1/sources/" + id;
    assertThat(service.send(service.request(path, Scope.READ).DELETE()).statusCode())
        .isEqualTo(403);
    assertThat(service.send(service.request(path, Scope.INFER)).statusCode()).isEqualTo(403);
    assertThat(
            service
                .send(service.request(path + "/files/a", Scope.READ).PUT(BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(403);
    assertThat(service.send(service.request(path, Scope.ADMIN)).statusCode()).isEqualTo(200);
  }

  @Test
  void theSweepRemovesDirectoriesWithoutARowAndFinishesWhatACrashLeft() throws Exception {
    byte[] bytes = "hello".getBytes();
    UUID id = SourceFixture.register(service, SourceFixture.artifact("a", bytes));
    Path kept = Files.createDirectories(home.resolve("sources").resolve(id.toString()));
    Files.write(kept.resolve("a"), bytes); // renamed, and then the process died
    Path orphan =
        Files.createDirectories(home.resolve("references/" + UUID.randomUUID())).resolve("x");
    Files.writeString(orphan, "x");
    Path foreign = Files.createDirectories(home.resolve("sources/notes"));

    service.bean(SourceStore.class).sweep();

    assertThat(service.bean(Sources.class).find(id).orElseThrow().complete()).isTrue();
    assertThat(kept.resolve("a")).exists();
    assertThat(orphan.getParent()).doesNotExist();
    assertThat(foreign).exists();
  }

  @Test
  void theSweepRemovesWhatNobodyCompletedInAWeekUnlessAJobNamesIt() throws Exception {
    String young = json(register("sources", file("a", 10))).path("id").asString();
    String old = json(register("sources", file("a", 11))).path("id").asString();
    String named = json(register("references", file("a", 12))).path("id").asString();
    job("QUEUED", "{\"source\":\"x\",\"reference\":\"%s\",\"name\":\"m\"}".formatted(named));
    service.put(
        "/api/v1/sources/%s/files/a".formatted(old), new byte[1], "Content-Range", "bytes 0-0/11");
    service
        .sql()
        .sql("update source set created_at = now() - interval '8 days' where id::text in (:a, :b)")
        .param("a", old)
        .param("b", named)
        .update();

    service.bean(SourceStore.class).sweep();

    assertThat(service.get("/api/v1/sources/" + young).statusCode()).isEqualTo(200);
    assertThat(service.get("/api/v1/sources/" + old).statusCode()).isEqualTo(404);
    assertThat(service.get("/api/v1/references/" + named).statusCode()).isEqualTo(200);
    assertThat(home.resolve("sources").resolve(old)).doesNotExist();
  }
}
