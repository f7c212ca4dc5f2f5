package bessemer.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks;

class LimitsTest {
  private static final int UPLOAD = 3_000_000;

  private static Installation bessemer;

  @BeforeAll
  static void start() {
    bessemer =
        new Installation(
            "bessemer.limits.upload=" + UPLOAD + "B",
            "bessemer.limits.requests-per-second=1",
            "bessemer.limits.burst=5",
            "bessemer.limits.concurrent=2");
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @Test
  void aBodyThatDeclaresTooMuchIsNotRead() {
    HttpResponse<String> response = post("/api/v1/sources", bytes(1_048_577));
    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(bessemer.json(response).get("detail").asString())
        .isEqualTo("the body has 1048577 bytes, this call takes 1048576 bytes at most");
    assertThat(post("/api/v1/sources", bytes(1_048_576)).statusCode()).isEqualTo(200);
  }

  @Test
  void aBodyThatDeclaresNothingIsCounted() {
    assertThat(post("/api/v1/sources", unknown(1_048_577)).statusCode()).isEqualTo(413);
    assertThat(post("/api/v1/sources", unknown(1_048_576)).statusCode()).isEqualTo(200);
    assertThat(post("/api/v1/keys", unknown(1_048_577)).statusCode()).isEqualTo(413);
  }

  @Test
  void bodiesForInferenceMayBeLonger() {
    HttpResponse<String> response = post("/v1/chat/completions", bytes(4_194_305));
    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(bessemer.json(response).get("error").get("message").asString())
        .contains("4194304 bytes at most");
    assertThat(post("/v1/chat/completions", bytes(4_194_304)).statusCode()).isNotEqualTo(413);
  }

  @Test
  void filesMayBeAsLongAsTheSettingSays() {
    String path = "/api/v1/sources/1/files/model.safetensors";
    long before = bessemer.upstream.uploaded.get();
    assertThat(put(path, bytes(UPLOAD)).statusCode()).isEqualTo(200);
    assertThat(bessemer.upstream.uploaded.get() - before).isEqualTo(UPLOAD);
    assertThat(put(path, bytes(UPLOAD + 1)).statusCode()).isEqualTo(413);
    assertThat(put(path, unknown(UPLOAD + 1)).statusCode()).isEqualTo(413);
    assertThat(put("/api/v1/sources/1/other/x", bytes(UPLOAD)).statusCode()).isEqualTo(413);
  }

  @Test
  void aKeyThatAsksTooOftenIsToldWhenToComeBack() {
    String key = bessemer.key(Scope.READ);
    Instant begun = Instant.now();
    List<HttpResponse<String>> responses = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      responses.add(bessemer.get("/api/v1/models", key));
    }
    long earned = Duration.between(begun, Instant.now()).toSeconds() + 1;
    long let = responses.stream().filter(response -> response.statusCode() == 200).count();
    assertThat(let).isBetween(5L, 5 + earned);
    HttpResponse<String> refused =
        responses.stream().filter(r -> r.statusCode() == 429).findFirst().orElseThrow();
    assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    assertThat(refused.body()).contains("1 requests per second");
    assertThat(bessemer.get("/api/v1/models", bessemer.key(Scope.READ)).statusCode())
        .as("another key has its own share")
        .isEqualTo(200);
  }

  @Test
  void aKeyHasSoManyStreamsOpenAndNoMore() throws Exception {
    String key = bessemer.key(Scope.READ);
    var first = stream(key);
    var second = stream(key);
    HttpResponse<String> third = bessemer.get("/api/v1/models", key);
    assertThat(third.statusCode()).isEqualTo(429);
    assertThat(third.headers().firstValue("Retry-After")).isPresent();
    assertThat(third.body()).contains("2 requests and streams");

    first.body().close();
    second.body().close();
    await("a stream whose client has gone counts no more")
        .until(() -> bessemer.get("/api/v1/models", key).statusCode() == 200);
  }

  @Test
  void longHeadersAreRefused() {
    HttpResponse<String> response =
        bessemer.send(
            bessemer
                .request("/api/v1/models", bessemer.key(Scope.READ))
                .header("X-Long", "x".repeat(20_000)));
    assertThat(response.statusCode()).isEqualTo(431);
  }

  private static HttpResponse<InputStream> stream(String key) throws Exception {
    bessemer.upstream.stream = Sinks.many().unicast().onBackpressureBuffer();
    bessemer.upstream.stream.tryEmitNext("begun").orThrow();
    var response =
        bessemer.http.send(
            bessemer.request("/api/v1/models/stream", key).build(), BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    return response;
  }

  private static HttpResponse<String> post(String path, BodyPublisher body) {
    return bessemer.send(
        bessemer
            .request(path, bessemer.key(Scope.ADMIN))
            .header("Content-Type", "application/json")
            .POST(body));
  }

  private static HttpResponse<String> put(String path, BodyPublisher body) {
    return bessemer.send(bessemer.request(path, bessemer.key(Scope.WRITE)).PUT(body));
  }

  private static BodyPublisher bytes(int length) {
    return BodyPublishers.ofByteArray(new byte[length]);
  }

  /// Goes in chunks, without a length.
  private static BodyPublisher unknown(int length) {
    return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[length]));
  }
}
