package bessemer.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntranceTest {
  private static Installation bessemer;

  @BeforeAll
  static void start() {
    bessemer = new Installation("bessemer.hosts=models.example");
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @Test
  void theFirstKeysAreWrittenForTheirOwnerAlone() throws Exception {
    for (String file : List.of("admin.key", "worker.key")) {
      Path path = bessemer.home.resolve(file);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThat(Files.readString(path)).matches("bsm_[0-9A-Za-z]{10}_[0-9A-Za-z]{32}\n");
    }
    assertThat(bessemer.get("/api/v1/keys", admin()).statusCode()).isEqualTo(200);
    assertThat(bessemer.home.resolve("admin.key.part")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/login"})
  void theseAreForEverybody(String path) {
    assertThat(bessemer.send(bessemer.request(path)).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/", "/jobs", "/api/v1/models", "/api/v1/keys", "/api/v1/nothing", "/v1/models",
        "/openapi.json", "/docs", "/actuator", "/actuator/health", "/actuator/prometheus", "/error"
      })
  void nothingElseAnswersWithoutAKey(String path) {
    HttpResponse<String> response = bessemer.send(bessemer.request(path));
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/api/v1/models,read,worker",
    "DELETE,/api/v1/models/m,write,-",
    "POST,/api/v1/sources,write,-",
    "PUT,/api/v1/workers/w,worker,-",
    "POST,/api/v1/workers/w/drain,admin,-",
    "GET,/api/v1/workers,read,-",
    "GET,/api/v1/keys,admin,-",
    "POST,/api/v1/keys,admin,-",
    "POST,/v1/chat/completions,infer,-",
    "GET,/v1/models,infer,read",
    "GET,/jobs/1,read,-",
    "POST,/jobs,write,-"
  })
  void eachCallNeedsItsScope(String method, String path, String scope, String other) {
    for (Scope given : Scope.values()) {
      HttpResponse<String> response =
          bessemer.send(
              bessemer
                  .request(path, bessemer.key(given))
                  .method(method, HttpRequest.BodyPublishers.ofString("{}")));
      boolean allowed =
          given.allows(scope(scope)) || (!other.equals("-") && given.allows(scope(other)));
      if (allowed) {
        assertThat(response.statusCode()).as("%s", given).isNotIn(401, 403);
      } else {
        assertThat(response.statusCode()).as("%s", given).isEqualTo(403);
        assertThat(response.body()).contains(scope).contains(given.name().toLowerCase());
      }
    }
  }

  @Test
  void aRefusalIsAProblemDocumentWithTheRequestsId() {
    HttpResponse<String> response =
        bessemer.send(bessemer.request("/api/v1/models").header("X-Request-Id", "request-17"));
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(response.headers().firstValue("X-Request-Id")).contains("request-17");
    var problem = bessemer.json(response);
    assertThat(problem.get("status").asInt()).isEqualTo(401);
    assertThat(problem.get("title").asString()).isEqualTo("Unauthorized");
    assertThat(problem.get("request_id").asString()).isEqualTo("request-17");
  }

  @Test
  void underV1ARefusalHasTheShapeOfOpenAi() {
    HttpResponse<String> response = bessemer.get("/v1/models", "sk-none");
    assertThat(response.statusCode()).isEqualTo(401);
    var error = bessemer.json(response).get("error");
    assertThat(error.get("type").asString()).isEqualTo("authentication_error");
    assertThat(error.get("code").asString()).isEqualTo("invalid_api_key");
    assertThat(error.get("message").asString()).contains("bsm_");
  }

  @Test
  void aPageLeadsToTheLoginAndACallDoesNot() {
    HttpResponse<String> page =
        bessemer.send(bessemer.request("/jobs?state=failed").header("Accept", "text/html,*/*"));
    assertThat(page.statusCode()).isEqualTo(303);
    assertThat(page.headers().firstValue("Location"))
        .contains("/login?next=%2Fjobs%3Fstate%3Dfailed");
    HttpResponse<String> call =
        bessemer.send(bessemer.request("/api/v1/models").header("Accept", "text/html"));
    assertThat(call.statusCode()).isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost,200",
    "localhost:1234,200",
    "127.0.0.1:80,200",
    "192.168.1.5,200",
    "[::1]:8080,200",
    "models.example,200",
    "MODELS.example:8080,200",
    "evil.example,421",
    "127.0.0.1.evil.example,421",
    "localhost.evil.example,421",
    "xlocalhost,421"
  })
  void answersOnlyToItsOwnNames(String host, int status) {
    HttpResponse<String> response =
        bessemer.send(bessemer.request("/api/v1/models", admin()).header("Host", host));
    assertThat(response.statusCode()).isEqualTo(status);
    if (status == 421) {
      assertThat(response.body()).contains("BESSEMER_HOSTS");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/models/%2e%2e/%2e%2e/keys",
        "/api/v1/models/..%2fkeys",
        "/api/v1/models/a%5cb",
        "/api//v1/keys",
        "/api/v1/keys;x=/health",
        "/assets/%252e%252e/x"
      })
  void refusesPathsThatCanBeReadInTwoWays(String path) {
    assertThat(bessemer.get(path, admin()).statusCode()).isEqualTo(400);
  }

  @Test
  void everyAnswerTellsBrowsersToBeCareful() {
    for (String path : List.of("/login", "/api/v1/models", "/health")) {
      var headers = bessemer.get(path, admin()).headers();
      assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'none'")
          .doesNotContain("unsafe");
      assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(headers.firstValue("X-Frame-Options")).contains("DENY");
      assertThat(headers.allValues("Cache-Control")).containsExactly("no-store");
    }
  }

  @Test
  void aKeyIsMadeShownOnceAndRevokedAtOnce() {
    HttpResponse<String> made = create(Map.of("name", "ci", "scopes", List.of("write")));
    assertThat(made.statusCode()).isEqualTo(201);
    String id = bessemer.json(made).get("id").asString();
    String key = bessemer.json(made).get("key").asString();
    assertThat(made.headers().firstValue("Location")).contains("/api/v1/keys/" + id);
    assertThat(bessemer.get("/api/v1/models", key).statusCode()).isEqualTo(200);
    assertThat(bessemer.get("/api/v1/keys", admin()).body()).contains(id).doesNotContain(key);

    assertThat(delete(id).statusCode()).isEqualTo(200);
    assertThat(bessemer.get("/api/v1/models", key).statusCode()).isEqualTo(401);
    assertThat(delete("nobody").statusCode()).isEqualTo(404);
  }

  @Test
  void aKeyThatAnotherProcessRevokesEndsWithinASecond() {
    KeyView made = bessemer.made(Scope.READ);
    String key = String.valueOf(made.key());
    assertThat(bessemer.get("/api/v1/models", key).statusCode()).isEqualTo(200);
    bessemer
        .database()
        .sql("update api_key set revoked_at = now() where id = :id")
        .param("id", made.id())
        .update();
    long begun = System.nanoTime();
    int status;
    do {
      status = bessemer.get("/api/v1/models", key).statusCode();
    } while (status == 200 && System.nanoTime() - begun < 5_000_000_000L);
    assertThat(status).isEqualTo(401);
  }

  @Test
  void theLastAdministratorCannotShutTheDoor() {
    String own = admin().substring(4, 14);
    bessemer
        .database()
        .sql("update api_key set revoked_at = now() where 'admin' = any(scopes) and id <> :own")
        .param("own", own)
        .update();
    HttpResponse<String> response = delete(own);
    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(bessemer.json(response).get("detail").asString()).contains("last usable key");
    assertThat(bessemer.get("/api/v1/keys", admin()).statusCode()).isEqualTo(200);
  }

  @Test
  void aBadRequestForAKeyNamesTheField() {
    record Case(Map<String, Object> body, String field) {}
    for (Case bad :
        List.of(
            new Case(Map.of("name", "", "scopes", List.of("read")), "name"),
            new Case(Map.of("name", "x", "scopes", List.of()), "scopes"),
            new Case(Map.of("name", "x", "scopes", List.of("root")), "scopes[0]"),
            new Case(Map.of("name", "x", "scopes", List.of("read"), "tenant", "y"), "tenant"),
            new Case(
                Map.of("name", "x", "scopes", List.of("read"), "expires_in_days", 0),
                "expires_in_days"))) {
      HttpResponse<String> response = create(bad.body);
      assertThat(response.statusCode()).as("%s", bad).isEqualTo(400);
      assertThat(bessemer.json(response).path("field").asString()).isEqualTo(bad.field);
    }
  }

  @Test
  void theManagementPortIsApart() {
    HttpRequest.Builder scrape =
        HttpRequest.newBuilder(URI.create(bessemer.managementUrl() + "/actuator/prometheus"));
    bessemer.send(bessemer.request("/api/v1/models"));
    HttpResponse<String> response = bessemer.send(scrape);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .containsPattern("bessemer_gateway_rejected_total\\{reason=\"unauthenticated\"[^}]*} [1-9]")
        .contains("bessemer_gateway_rejected_total{reason=\"rate\"")
        .contains("hikaricp_connections_active")
        .contains("http_server_requests_seconds_bucket");
    assertThat(bessemer.get("/actuator/prometheus", admin()).statusCode()).isEqualTo(404);
    for (String closed : List.of("env", "heapdump", "beans", "gateway")) {
      assertThat(
              bessemer
                  .send(
                      HttpRequest.newBuilder(
                          URI.create(bessemer.managementUrl() + "/actuator/" + closed)))
                  .statusCode())
          .isEqualTo(404);
    }
  }

  private static Scope scope(String name) {
    return Scope.valueOf(name.toUpperCase());
  }

  private static HttpResponse<String> create(Map<String, Object> body) {
    return bessemer.send(
        bessemer
            .request("/api/v1/keys", admin())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(bessemer.text(body))));
  }

  private static HttpResponse<String> delete(String id) {
    return bessemer.send(bessemer.request("/api/v1/keys/" + id, admin()).DELETE());
  }

  private static String admin() {
    try {
      return Files.readString(bessemer.home.resolve("admin.key")).strip();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
