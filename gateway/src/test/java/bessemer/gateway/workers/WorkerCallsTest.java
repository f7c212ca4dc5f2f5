package bessemer.gateway.workers;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import bessemer.contracts.WorkerBeat;
import bessemer.db.workers.Workers;
import bessemer.gateway.Installation;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.JsonNode;

class WorkerCallsTest {
  private static Installation bessemer;

  @BeforeAll
  static void start() {
    bessemer = new Installation();
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @BeforeEach
  void noWorkers() {
    bessemer.database().sql("delete from worker").update();
  }

  @Test
  void aWorkerThatBeatsIsListedAndGetsItsOrders() throws Exception {
    String key = bessemer.key(Scope.WORKER);

    HttpResponse<String> answer = beat("studio", key, Map.of());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonNode orders = bessemer.json(answer);
    assertThat(orders.get("draining").asBoolean()).isFalse();
    assertThat(orders.get("next_beat_seconds").asInt()).isEqualTo(5);
    assertThat(orders.get("token_key").asString())
        .isEqualTo(Files.readString(bessemer.home.resolve("keys/token.pub")));
    JsonNode worker =
        bessemer.json(bessemer.get("/api/v1/workers", bessemer.key(Scope.READ))).at("/items/0");
    assertThat(worker.get("id").asString()).isEqualTo("studio");
    assertThat(worker.get("state").asString()).isEqualTo("ready");
    assertThat(worker.at("/last/models/0/name").asString()).isEqualTo("qwen");
  }

  @Test
  void itsIdBelongsToItsKey() {
    beat("studio", bessemer.key(Scope.WORKER), Map.of());

    HttpResponse<String> answer = beat("studio", bessemer.key(Scope.WORKER), Map.of());

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("'studio' belongs to another key");
  }

  @Test
  void aDrainingWorkerHearsOfIt() {
    String key = bessemer.key(Scope.WORKER);
    beat("studio", key, Map.of());

    assertThat(order("studio/drain").get("state").asString()).isEqualTo("draining");
    assertThat(bessemer.json(beat("studio", key, Map.of())).get("draining").asBoolean()).isTrue();

    assertThat(order("studio/undrain").get("state").asString()).isEqualTo("ready");
    assertThat(bessemer.json(beat("studio", key, Map.of())).get("draining").asBoolean()).isFalse();
  }

  @Test
  void whoIsNotThereIsNotFound() {
    var request =
        bessemer
            .request("/api/v1/workers/nobody/drain", bessemer.key(Scope.ADMIN))
            .POST(BodyPublishers.noBody());
    assertThat(bessemer.send(request).statusCode()).isEqualTo(404);
    assertThat(bessemer.get("/api/v1/workers/nobody", bessemer.key(Scope.READ)).statusCode())
        .isEqualTo(404);
  }

  @Test
  void aBeatThatSaysTooMuchIsRefusedWithTheField() {
    Map<String, Map<String, Object>> wrong = new TreeMap<>();
    wrong.put("kind", Map.of("kind", "conversion"));
    wrong.put("url", Map.of("url", "http://192.168.1.7:8083"));
    wrong.put("fingerprint", Map.of("url", "https://192.168.1.7:8083"));
    wrong.put("management_url", Map.of("management_url", "http://169.254.169.254:80"));
    wrong.put("busy", Map.of("busy", -1));
    wrong.put("version", Map.of("version", List.of()));
    wrong.put("surprise", Map.of("surprise", 1));
    String key = bessemer.key(Scope.WORKER);
    wrong.forEach((field, values) -> {
      HttpResponse<String> answer = beat("studio", key, values);
      assertThat(answer.statusCode()).as(field).isEqualTo(400);
      assertThat(bessemer.json(answer).get("field").asString()).isEqualTo(field);
    });
    for (String url :
        List.of(
            "http://127.0.0.1:1/x?y",
            "ftp://127.0.0.1:1",
            "http://u@127.0.0.1:1",
            "http://127.0.0.1",
            "nothing",
            "http://127.0.0.1.example.org:80")) {
      assertThat(beat("studio", key, Map.of("url", url)).statusCode()).as(url).isEqualTo(400);
    }
    assertThat(bessemer.context.getBean(Workers.class).list()).isEmpty();
  }

  @Test
  void prometheusIsToldWhereEachIsScraped() {
    Workers workers = bessemer.context.getBean(Workers.class);
    beat("here", bessemer.key(Scope.WORKER), Map.of("management_url", "http://127.0.0.1:9083"));
    workers.beat("mac", null, remote("https://mac.local:8443", "ab".repeat(32)));

    JsonNode targets = bessemer.json(bessemer.get("/api/v1/targets", bessemer.key(Scope.READ)));

    String management = bessemer.managementUrl().replace("http://", "");
    assertThat(targets.valueStream().map(JsonNode::toString))
        .containsExactly(
            target(management, "gateway", "gateway", "/actuator/prometheus"),
            target("127.0.0.1:9083", "inference", "here", "/actuator/prometheus"),
            target(
                "127.0.0.1:" + bessemer.port(), "inference", "mac", "/api/v1/workers/mac/metrics"));
  }

  @Test
  void aWorkerElsewhereIsScrapedThroughTheGatewayWithASignedCall() {
    DisposableServer worker =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .route(routes ->
                routes.get(
                    "/metrics",
                    (in, out) ->
                        out.sendString(
                            Mono.just(
                                in.requestHeaders().get("Authorization").startsWith("Bearer ey")
                                    ? "jvm_threads 7\n"
                                    : "unsigned"))))
            .bindNow();
    String url = "http://127.0.0.1:" + worker.port();
    bessemer.context.getBean(Workers.class).beat("mac", null, remote(url, null));
    order("mac/undrain");

    HttpResponse<String> scraped =
        bessemer.get("/api/v1/workers/mac/metrics", bessemer.key(Scope.READ));
    worker.disposeNow();
    bessemer.context.getBean(Workers.class).beat("mac", null, remote("http://127.0.0.1:1", null));
    order("mac/undrain");
    HttpResponse<String> gone =
        bessemer.get("/api/v1/workers/mac/metrics", bessemer.key(Scope.READ));

    assertThat(scraped.body()).isEqualTo("jvm_threads 7\n");
    assertThat(scraped.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain;version=0.0.4");
    assertThat(gone.statusCode()).isEqualTo(503);
    assertThat(gone.body()).contains("worker mac cannot be scraped");
  }

  @Test
  void workersAreCountedForPrometheus() {
    beat("studio", bessemer.key(Scope.WORKER), Map.of());
    beat("laptop", bessemer.key(Scope.WORKER), Map.of());
    order("laptop/drain");

    String metrics =
        bessemer
            .send(
                java.net.http.HttpRequest.newBuilder(
                    java.net.URI.create(bessemer.managementUrl() + "/actuator/prometheus")))
            .body();

    assertThat(metrics.lines().filter(line -> line.startsWith("bessemer_workers{")))
        .hasSize(9)
        .anyMatch(line -> line.matches(".*kind=\"inference\".*state=\"ready\".* 1.0"))
        .anyMatch(line -> line.matches(".*kind=\"inference\".*state=\"draining\".* 1.0"))
        .anyMatch(line -> line.matches(".*kind=\"conversion\".*state=\"ready\".* 0.0"));
  }

  private static String target(String at, String kind, String worker, String path) {
    return ("{\"targets\":[\"%s\"],\"labels\":{\"__metrics_path__\":\"%s\",\"__scheme__\":\"http\","
            + "\"kind\":\"%s\",\"worker\":\"%s\"}}")
        .formatted(at, path, kind, worker);
  }

  private static WorkerBeat remote(String url, String fingerprint) {
    return new WorkerBeat(
        "inference", url, null, fingerprint, "1", List.of("mlx"), List.of(), 0, 0, 1);
  }

  private static JsonNode order(String path) {
    var request =
        bessemer
            .request("/api/v1/workers/" + path, bessemer.key(Scope.ADMIN))
            .POST(BodyPublishers.noBody());
    return bessemer.json(bessemer.send(request));
  }

  private static HttpResponse<String> beat(String id, String key, Map<String, Object> values) {
    Map<String, Object> body = new TreeMap<>();
    body.put("kind", "inference");
    body.put("url", "http://127.0.0.1:8083");
    body.put("version", "0.1.0");
    body.put("capabilities", List.of("cpu"));
    body.put("models", List.of(Map.of("name", "qwen", "version", "v1", "bytes", 300)));
    body.put("busy", 0);
    body.put("memory_bytes", 300);
    body.put("memory_budget_bytes", 1000);
    body.putAll(values);
    return bessemer.send(
        bessemer
            .request("/api/v1/workers/" + id, key)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(bessemer.text(body))));
  }
}
