package bessemer.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import bessemer.gateway.StagedJob;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class JobCallsTest {
  private static final String SOURCE = "hf:org/name@" + "0123456789".repeat(4);

  private static Installation bessemer;
  private static String key;

  @BeforeAll
  static void start() {
    bessemer = new Installation();
    key = bessemer.key(Scope.WRITE);
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @Test
  void aSubmittedJobIsAcceptedAndHasAnAddress() {
    HttpResponse<String> response = post("/api/v1/jobs", request(Map.of("name", "accepted")));

    assertThat(response.statusCode()).isEqualTo(202);
    JsonNode job = bessemer.json(response);
    String address = response.headers().firstValue("Location").orElseThrow();
    assertThat(address).isEqualTo("/api/v1/jobs/" + job.path("id").asString());
    JsonNode found = bessemer.json(bessemer.get(address, key));
    assertThat(found.path("state").asString()).isEqualTo("queued");
    assertThat(found.path("spec").path("name").asString()).isEqualTo("accepted");
    assertThat(found.path("queue_position").isNumber()).isTrue();
  }

  @Test
  void theSameKeyAnswersTheSameJobAndRefusesAnotherSpec() {
    JsonNode first = bessemer.json(submit("once", "a-key"));
    JsonNode again = bessemer.json(submit("once", "a-key"));
    HttpResponse<String> other = submit("another", "a-key");

    assertThat(again.path("id")).isEqualTo(first.path("id"));
    assertThat(other.statusCode()).isEqualTo(409);
    assertThat(bessemer.json(other).path("detail").asString()).contains("a-key");
  }

  @Test
  void manyClientsWithOneKeyMakeOneJob() throws Exception {
    var ids = ConcurrentHashMap.<String>newKeySet();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        calls.add(
            clients.submit(
                () -> ids.add(bessemer.json(submit("crowd", "crowd-key")).path("id").asString())));
      }
      for (Future<?> call : calls) {
        call.get();
      }
    }
    assertThat(ids).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"kind":"convert"}                                              | spec
          {"kind":"bake","spec":{}}                                       | kind
          {"spec":{"source":"S","name":"m"}}                              | kind
          {"kind":"convert","spec":{"source":"S","name":"m"},"when":1}    | when
          {"kind":"convert","spec":{"name":"m"}}                          | spec.source
          {"kind":"convert","spec":{"source":"/etc","name":"m"}}          | spec.source
          {"kind":"convert","spec":{"source":"S","name":"../m"}}          | spec.name
          {"kind":"convert","spec":{"source":"S","name":7}}               | spec.name
          {"kind":"convert","spec":{"source":"S","name":"m","bits":"4"}}  | spec.bits
          {"kind":"convert","spec":{"source":"S","name":"m","bits":7}}    | spec.bits
          {"kind":"convert","spec":{"source":"S","name":"m","group":64}}  | spec.group
          {"kind":"convert","spec":{"source":"S","name":"m"},"priority":101} | priority
          """)
  void aWrongFieldIsNamed(String body, String field) {
    HttpResponse<String> response =
        post("/api/v1/jobs", body.replace("\"S\"", "\"" + SOURCE + "\""));

    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode problem = bessemer.json(response);
    assertThat(problem.path("field").asString()).isEqualTo(field);
    assertThat(problem.path("detail").asString()).isNotBlank();
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/problem+json");
  }

  @ParameterizedTest
  @CsvSource({
    "?state=sleeping, state",
    "?limit=0, limit",
    "?limit=1000, limit",
    "?cursor=x, cursor"
  })
  void aWrongParameterOfTheListIsNamed(String query, String field) {
    HttpResponse<String> response = bessemer.get("/api/v1/jobs" + query, key);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(bessemer.json(response).path("field").asString()).isEqualTo(field);
  }

  @Test
  void aBodyThatIsNoJsonIsRefusedWithWords() {
    HttpResponse<String> response = post("/api/v1/jobs", "{\"kind\":");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(bessemer.json(response).path("detail").asString()).isNotBlank();
  }

  @Test
  void theListHasPagesAndFilters() {
    for (int i = 0; i < 3; i++) {
      staged("page-" + i).fail("as planned");
    }
    List<String> ids = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page =
          bessemer.json(
              bessemer.get("/api/v1/jobs?state=failed&kind=convert&limit=2" + cursor, key));
      assertThat(page.path("items").size()).isBetween(1, 2);
      page.path("items")
          .forEach(job -> {
            assertThat(job.path("state").asString()).isEqualTo("failed");
            ids.add(job.path("id").asString());
          });
      cursor = page.path("cursor").isNull() ? "" : "&cursor=" + page.path("cursor").asString();
    } while (!cursor.isEmpty());
    assertThat(ids).hasSizeGreaterThanOrEqualTo(3).doesNotHaveDuplicates();
  }

  @Test
  void aCancelledJobCanBeRetriedAndAQueuedOneCannot() {
    StagedJob job = staged("cancelled");

    assertThat(post(path(job, "/retry"), "").statusCode()).isEqualTo(409);
    JsonNode cancelled = bessemer.json(post(path(job, "/cancel"), ""));
    assertThat(cancelled.path("state").asString()).isEqualTo("cancelled");
    assertThat(post(path(job, "/cancel"), "").statusCode()).isEqualTo(409);
    HttpResponse<String> retried = post(path(job, "/retry"), "");
    assertThat(retried.statusCode()).isEqualTo(202);
    assertThat(bessemer.json(retried).path("spec")).isEqualTo(cancelled.path("spec"));
    assertThat(bessemer.json(retried).path("id")).isNotEqualTo(cancelled.path("id"));
  }

  @ParameterizedTest
  @CsvSource({"GET,''", "POST,/cancel", "POST,/retry", "GET,/events", "GET,/logs", "GET,/metrics"})
  void anUnknownJobIsNotFound(String method, String rest) {
    HttpResponse<String> response =
        bessemer.send(
            bessemer
                .request("/api/v1/jobs/" + new UUID(1, 1) + rest, key)
                .method(method, BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(bessemer.json(response).path("detail").asString()).contains("no job");
  }

  @Test
  void logsAreJsonOrPlainText() {
    StagedJob job = staged("logs").claim("w").log("INFO", "one").log("WARN", "two");

    JsonNode page = bessemer.json(bessemer.get(path(job, "/logs?after=1"), key));
    assertThat(page.path("items").size()).isEqualTo(1);
    assertThat(page.path("items").path(0).path("text").asString()).isEqualTo("two");
    HttpResponse<String> plain =
        bessemer.send(bessemer.request(path(job, "/logs"), key).header("Accept", "text/plain"));
    assertThat(plain.body().lines().toList())
        .hasSize(2)
        .satisfies(lines -> assertThat(lines.get(0)).endsWith("INFO  one"))
        .satisfies(lines -> assertThat(lines.get(1)).endsWith("WARN  two"));
  }

  @Test
  void metricsAreTheJobsSeries() {
    StagedJob job =
        staged("metrics").claim("w").progress("convert", 1, 2).progress("convert", 2, 2);

    JsonNode points = bessemer.json(bessemer.get(path(job, "/metrics"), key));
    assertThat(points.size()).isEqualTo(2);
    assertThat(points.path(1).path("name").asString()).isEqualTo("bytes_per_second");
    assertThat(points.path(1).path("step").asLong()).isEqualTo(1);
  }

  @Test
  void prometheusSeesHowManyJobsAreInEachState() {
    staged("counted");
    String scrape =
        bessemer
            .send(
                java.net.http.HttpRequest.newBuilder(
                    java.net.URI.create(bessemer.managementUrl() + "/actuator/prometheus")))
            .body();
    assertThat(scrape).containsPattern("bessemer_jobs\\{kind=\"convert\".*state=\"queued\"} [1-9]");
  }

  static StagedJob staged(String name) {
    return StagedJob.submit(bessemer, key, Map.of("source", SOURCE, "name", name));
  }

  private static String path(StagedJob job, String rest) {
    return "/api/v1/jobs/" + job.id + rest;
  }

  private static HttpResponse<String> submit(String name, String idempotencyKey) {
    return bessemer.send(
        bessemer
            .request("/api/v1/jobs", key)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", idempotencyKey)
            .POST(BodyPublishers.ofString(request(Map.of("name", name)))));
  }

  private static String request(Map<String, ?> fields) {
    Map<String, Object> spec = new LinkedHashMap<>(fields);
    spec.put("source", SOURCE);
    return bessemer.text(Map.of("kind", "convert", "spec", spec));
  }

  private static HttpResponse<String> post(String path, String body) {
    return bessemer.send(
        bessemer
            .request(path, key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }
}
