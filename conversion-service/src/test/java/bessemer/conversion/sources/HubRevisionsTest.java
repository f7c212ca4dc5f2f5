package bessemer.conversion.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.InvalidFieldException;
import bessemer.conversion.TestService;
import bessemer.conversion.sources.HubRevisions.Pinned;
import bessemer.foundry.hub.HubSettings;
import bessemer.foundry.hub.HubToken;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

class HubRevisionsTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path cache;
  private HttpServer hub;

  @BeforeEach
  void startHub() throws Exception {
    hub = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    answer("/api/models/org/tiny/revision/main", 200, "{\"sha\":\"" + COMMIT + "\"}");
    answer("/api/models/org/tiny/tree/" + COMMIT, 200, "[]");
    answer("/", 404, "{}");
    hub.start();
  }

  @AfterEach
  void stopHub() {
    hub.stop(0);
  }

  private void answer(String path, int status, String body) {
    hub.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private HubRevisions revisions(int port, boolean offline) {
    var settings =
        new HubSettings(
            URI.create("http://127.0.0.1:" + port),
            HubToken.NONE,
            Set.of(),
            offline,
            1,
            Duration.ofSeconds(10));
    return new HubRevisions(settings, cache);
  }

  private HubRevisions online() {
    return revisions(hub.getAddress().getPort(), false);
  }

  @Test
  void pinsABranchToItsCommit() throws Exception {
    assertThat(online().pin("org/tiny", "main"))
        .isEqualTo(new Pinned("hf:org/tiny@" + COMMIT, COMMIT));
  }

  @Test
  void saysWhichRevisionThereIsNot() {
    assertThatThrownBy(() -> online().pin("org/tiny", "v2"))
        .isInstanceOfSatisfying(
            ResponseStatusException.class,
            e -> {
              assertThat(e.getStatusCode()).isEqualTo(HttpStatus.NOT_FOUND);
              assertThat(e.getReason()).contains("v2");
            });
  }

  @Test
  void aHubThatCannotBeReachedIsToldWithTheWayOut() {
    hub.stop(0);
    assertThatThrownBy(() -> online().pin("org/tiny", "main"))
        .isInstanceOfSatisfying(
            ResponseStatusException.class,
            e -> {
              assertThat(e.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
              assertThat(e.getReason()).contains("cannot reach", "convert a directory");
            });
  }

  @Test
  void offlineTheCacheKnowsTheCommitOrTheWayOutIsTold() throws Exception {
    assertThatThrownBy(() -> revisions(9, true).pin("org/tiny", "main"))
        .isInstanceOfSatisfying(
            ResponseStatusException.class,
            e -> assertThat(e.getReason()).contains("HF_HUB_OFFLINE", "convert a directory"));

    Path repository = cache.resolve("hub/org--tiny");
    Files.createDirectories(repository.resolve(COMMIT));
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), COMMIT);
    assertThat(revisions(9, true).pin("org/tiny", "main").revision()).isEqualTo(COMMIT);
  }

  @Test
  void namesTheFieldThatIsNoNameOrRevision() {
    assertThatThrownBy(() -> online().pin("../etc", "main"))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo("name"));
    assertThatThrownBy(() -> online().pin("org/tiny", "../main"))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo("revision"));
  }

  @Test
  void theServiceAnswersWithTheHubsError() {
    try (var service = TestService.start(cache.resolve("home"), Map.of())) {
      HttpResponse<String> answer = service.get("/api/v1/sources/resolve?name=org/tiny");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
      assertThat(TestService.json(answer).path("detail").asString()).contains("cannot reach");
      assertThat(service.get("/api/v1/sources/resolve?name=x").statusCode()).isEqualTo(400);
      assertThat(service.get("/api/v1/sources/resolve").statusCode()).isEqualTo(400);
    }
  }
}
