package bessemer.conversion.catalogue;

import static bessemer.conversion.TestService.json;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Artifact;
import bessemer.contracts.Scope;
import bessemer.conversion.TestService;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Published;
import bessemer.foundry.FileHash;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.foundry.parity.Verdict;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {
  private static final String WEIGHTS = "model.safetensors";

  @TempDir static Path home;
  private static TestService service;

  private final byte[] weights = new byte[200_000];
  private Path directory;

  @BeforeAll
  static void start() {
    service = TestService.start(home, Map.of());
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @BeforeEach
  void oneModel() throws Exception {
    for (String table : List.of("job", "worker", "model")) {
      service.sql().sql("delete from " + table).update();
    }
    service.bean(Models.class).sweep();
    new Random(7).nextBytes(weights);
    directory = Files.createDirectories(home.resolve("catalogue/tiny-1"));
    Files.write(directory.resolve(WEIGHTS), weights);
    Files.writeString(directory.resolve("config.json"), "{}");
    publish("tiny", "tiny-1", WEIGHTS, "config.json");
  }

  private static void publish(String name, String directory, String... files) throws Exception {
    publishAs(name, directory, "llama", files);
  }

  private static void publishAs(String name, String directory, String architecture, String... files)
      throws Exception {
    Path folder = home.resolve("catalogue").resolve(directory);
    Artifact[] artifacts = new Artifact[files.length];
    for (int i = 0; i < files.length; i++) {
      Path file = folder.resolve(files[i]);
      artifacts[i] = new Artifact(files[i], Files.size(file), FileHash.sha256(file));
    }
    service
        .bean(Catalogue.class)
        .publish(
            new Published(
                name,
                directory,
                "mlx",
                architecture,
                "bf16",
                "unproven",
                Map.of("source", "a"),
                List.of(artifacts),
                null));
  }

  private static HttpResponse<byte[]> download(String path, String... headers) throws Exception {
    var request = service.request(path, Scope.WORKER);
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request.build(), BodyHandlers.ofByteArray());
    }
  }

  private static String file(String name) {
    return "/api/v1/models/tiny/files/" + name;
  }

  private String tag() throws Exception {
    return "\"" + FileHash.sha256(directory.resolve(WEIGHTS)) + "\"";
  }

  @Test
  void listsModelsPageByPage() throws Exception {
    Files.createDirectories(home.resolve("catalogue/b-1"));
    publish("b", "b-1");

    HttpResponse<String> first = service.get("/api/v1/models?limit=1");
    assertThat(json(first).path("items").get(0).path("name").asString()).isEqualTo("b");
    HttpResponse<String> second =
        service.get("/api/v1/models?limit=1&cursor=" + json(first).path("cursor").asString());
    assertThat(json(second).path("items").get(0).path("name").asString()).isEqualTo("tiny");
    assertThat(json(second).path("cursor").isNull()).isTrue();
    assertThat(service.get("/api/v1/models?cursor=..%2fx").statusCode()).isEqualTo(400);
    assertThat(
            service
                .bean(MeterRegistry.class)
                .get("bessemer.models")
                .tag("state", "unproven")
                .gauge()
                .value())
        .isEqualTo(2);
  }

  @Test
  void onlyWorkersAreToldWhereAModelLies() {
    HttpResponse<String> user = service.get("/api/v1/models/tiny");
    HttpResponse<String> worker =
        service.send(service.request("/api/v1/models/tiny", Scope.WORKER));

    assertThat(json(user).path("bytes").asLong()).isEqualTo(weights.length + 2);
    assertThat(json(user).path("files").values()).hasSize(2);
    assertThat(json(user).path("served_by").values()).isEmpty();
    assertThat(user.headers().firstValue("X-Bessemer-Directory")).isEmpty();
    assertThat(worker.headers().firstValue("X-Bessemer-Directory")).contains("tiny-1");
    assertThat(service.get("/api/v1/models/other").statusCode()).isEqualTo(404);
  }

  @Test
  void aFileComesWholeWithItsDigestAsTag() throws Exception {
    HttpResponse<byte[]> answer = download(file(WEIGHTS));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(weights);
    assertThat(answer.headers().firstValue("ETag")).contains(tag());
    assertThat(answer.headers().firstValue("Content-Length")).contains("200000");
    assertThat(answer.headers().firstValue("Accept-Ranges")).contains("bytes");
    assertThat(download(file(WEIGHTS), "If-None-Match", tag()).statusCode()).isEqualTo(304);
    HttpResponse<String> head =
        service.send(
            service.request(file(WEIGHTS), Scope.READ).method("HEAD", BodyPublishers.noBody()));
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValue("Content-Length")).contains("200000");
  }

  @Test
  void aRangeOfAFileIsThatRange() throws Exception {
    HttpResponse<byte[]> middle = download(file(WEIGHTS), "Range", "bytes=100000-100009");
    assertThat(middle.statusCode()).isEqualTo(206);
    assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(weights, 100_000, 100_010));
    assertThat(middle.headers().firstValue("Content-Range")).contains("bytes 100000-100009/200000");
    assertThat(middle.headers().firstValue("ETag")).contains(tag());

    HttpResponse<byte[]> rest =
        download(file(WEIGHTS), "Range", "bytes=199999-", "If-Range", tag());
    assertThat(rest.statusCode()).isEqualTo(206);
    assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(weights, 199_999, 200_000));

    assertThat(download(file(WEIGHTS), "Range", "bytes=200000-").statusCode()).isEqualTo(416);
    assertThat(download(file(WEIGHTS), "Range", "bytes=5-", "If-Range", "\"old\"").statusCode())
        .isEqualTo(412);
  }

  @Test
  void aTranslatorTellsItsLanguages() throws Exception {
    Path translator =
        Path.of("../libs/models/src/test/resources/translation/nllb-trained").toAbsolutePath();
    Path copy = Files.createDirectories(home.resolve("catalogue/letters-1"));
    for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(translator.resolve(file), copy.resolve(file), REPLACE_EXISTING);
    }
    publishAs("letters", "letters-1", "m2m_100", "config.json");
    String path = "/api/v1/models/letters/languages";

    HttpResponse<String> all = service.send(service.request(path, Scope.INFER));

    assertThat(all.statusCode()).as(all.body()).isEqualTo(200);
    assertThat(json(all).path("items").get(1))
        .hasToString("{\"code\":\"fra_Latn\",\"name\":\"French\"}");
    assertThat(json(all).path("items").values()).hasSize(3);
    assertThat(json(all).path("cursor").isNull()).isTrue();
    assertThat(service.get(path.replace("letters", "tiny")).body()).contains("does not translate");
    assertThat(service.get(path.replace("letters", "other")).statusCode()).isEqualTo(404);
  }

  @Test
  void onlyFilesOfTheModelAreHandedOut() throws Exception {
    Files.writeString(directory.resolve("secret"), "not in the row");
    Files.writeString(home.resolve("outside"), "secret");
    for (String name :
        List.of(
            "secret",
            "..",
            "%2e%2e%2foutside",
            "..%2f..%2foutside",
            "%00",
            "%2fetc%2fpasswd",
            "..%5coutside",
            "%252e%252e",
            WEIGHTS + "%2f..%2fsecret")) {
      assertThat(download(file(name)).statusCode()).as(name).isIn(400, 404);
    }
    for (String name : List.of("..", "%2e%2e", "%00", "..%2fkeys", "TINY")) {
      assertThat(service.get("/api/v1/models/%s/files/config.json".formatted(name)).statusCode())
          .as(name)
          .isIn(400, 404);
      assertThat(service.delete("/api/v1/models/" + name).statusCode())
          .as(name)
          .isIn(400, 404, 405);
    }
    assertThat(home.resolve("keys/token.key")).exists();
  }

  @Test
  void aFileThatBecameALinkOrChangedItsSizeIsNotHandedOut() throws Exception {
    Path outside = Files.write(home.resolve("elsewhere"), weights);
    Files.delete(directory.resolve(WEIGHTS));
    Files.createSymbolicLink(directory.resolve(WEIGHTS), outside);
    assertThat(download(file(WEIGHTS)).statusCode()).isEqualTo(500);

    Files.writeString(directory.resolve("config.json"), "{\"longer\":1}");
    assertThat(download(file("config.json")).statusCode()).isEqualTo(500);
  }

  @Test
  void theParityReportIsJsonOrAPage() throws Exception {
    assertThat(service.get("/api/v1/models/tiny/parity").statusCode()).isEqualTo(404);
    ReportFile.write(report(), directory);

    HttpResponse<String> plain = service.get("/api/v1/models/tiny/parity");
    HttpResponse<String> page =
        service.send(
            service
                .request("/api/v1/models/tiny/parity", Scope.READ)
                .header("Accept", "text/html"));

    assertThat(plain.statusCode()).isEqualTo(200);
    assertThat(plain.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/json");
    assertThat(plain.body()).isEqualTo(Files.readString(directory.resolve(ReportFile.JSON)));
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
    assertThat(page.body()).startsWith("<!doctype html>").contains("not compared &lt;here&gt;");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'");
  }

  private static ParityReport report() {
    return new ParityReport(
        ParityReport.FORMAT,
        ParityReport.VERSION,
        Verdict.UNPROVEN,
        "not compared <here>",
        List.of(),
        new ParityReport.Model("tiny", "llama", "all"),
        null,
        new ParityReport.Machine("25", "linux", 2, "cpu"),
        new LinkedHashMap<>(),
        List.of(),
        null,
        List.of(),
        List.of(),
        List.of(),
        null,
        1);
  }

  @Test
  void aModelInUseIsNotDeletedAndOneThatIsNotGoesWithItsFiles() {
    service
        .sql()
        .sql(
            """
            insert into worker (id, beat) values ('studio', '{"models":[{"name":"tiny"}]}')
            """)
        .update();
    HttpResponse<String> refused = service.delete("/api/v1/models/tiny");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(json(refused).path("detail").asString()).contains("studio");
    assertThat(json(service.get("/api/v1/models/tiny")).path("served_by").get(0).asString())
        .isEqualTo("studio");
    assertThat(directory).isDirectory();

    service.sql().sql("delete from worker").update();
    assertThat(
            service
                .send(service.request("/api/v1/models/tiny", Scope.WORKER).DELETE())
                .statusCode())
        .isEqualTo(403);
    assertThat(service.delete("/api/v1/models/tiny").statusCode()).isEqualTo(204);
    assertThat(directory).doesNotExist();
    assertThat(service.delete("/api/v1/models/tiny").statusCode()).isEqualTo(404);
  }

  @Test
  void theSweepRemovesDirectoriesOfNobody() throws Exception {
    Path orphan = Files.createDirectories(home.resolve("catalogue/tiny-0/deep")).getParent();
    Files.writeString(orphan.resolve("deep/x"), "x");
    UUID job =
        service
            .sql()
            .sql(
                """
                insert into job (kind, capability, spec, spec_sha256, created_by)
                values ('convert', 'cpu', '{"name":"growing"}', '', 'test') returning id
                """)
            .query(UUID.class)
            .single();
    Path ofJob = Files.createDirectories(home.resolve("catalogue/x-" + job));
    Path growing = Files.createDirectories(home.resolve("catalogue/.growing.bessemer-partial"));

    service.bean(Models.class).sweep();

    assertThat(orphan).doesNotExist();
    assertThat(ofJob).isDirectory();
    assertThat(growing).isDirectory();
    assertThat(directory).isDirectory();
  }
}
