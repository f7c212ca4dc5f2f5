package bessemer.gateway.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.Scope;
import bessemer.contracts.WorkerBeat;
import bessemer.db.workers.Workers;
import bessemer.gateway.Installation;
import bessemer.service.tls.OwnCertificate;
import com.nimbusds.jwt.SignedJWT;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.JsonNode;

class InferenceTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final long GB = 1L << 30;

  private static Installation bessemer;
  private static String key;

  @TempDir private Path keys;
  private final List<AutoCloseable> open = new ArrayList<>();
  private FakeWorker first;
  private FakeWorker second;

  @BeforeAll
  static void start() {
    bessemer = new Installation();
    key = bessemer.key(Scope.INFER);
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @BeforeEach
  void twoWorkers() {
    bessemer.database().sql("delete from worker").update();
    first = closing(FakeWorker.plain("first"));
    second = closing(FakeWorker.plain("second"));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void theWorkerThatHasTheModelAnswersThoughItIsBusier() {
    there(first.beat(0, 0, GB));
    there(second, second.beat(5, 100, GB, "qwen"));

    assertThat(by(ask("qwen"))).isEqualTo("second");
    assertThat(by(ask("another"))).isEqualTo("first");
  }

  @Test
  void theWorkerSeesTheSameBodyAndASignatureInsteadOfTheKey() throws Exception {
    there(first.beat(0, 0, GB));

    ask("qwen");

    assertThat(first.bodies).containsExactly(CHAT + " " + body("qwen"));
    SignedJWT token = SignedJWT.parse(first.authorizations.getFirst().replaceFirst("^Bearer ", ""));
    assertThat(token.getJWTClaimsSet().getAudience()).containsExactly("inference-service");
    assertThat(key).contains(token.getJWTClaimsSet().getSubject());
  }

  @Test
  void requestsThatAreSentSinceTheLastBeatCount() throws Exception {
    there(first.beat(0, 0, GB));
    there(second, second.beat(0, 0, GB));
    first.answer = (_, _) -> Mono.never();
    var waiting = bessemer.http.sendAsync(chat("qwen").build(), BodyHandlers.ofString());
    until(() -> first.bodies.size() == 1);

    assertThat(by(ask("qwen"))).isEqualTo("second");

    waiting.cancel(true);
  }

  @Test
  void withoutAnyWorkerTheAnswerSaysWhatToDo() throws Exception {
    until(() -> ask("qwen").body().contains("worker --join")); // it remembers workers for a moment

    HttpResponse<String> response = ask("qwen");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    JsonNode error = bessemer.json(response).get("error");
    assertThat(error.get("message").asString()).contains("bessemer up", "bessemer worker --join");
    assertThat(error.get("type").asString()).isEqualTo("server_error");
  }

  @Test
  void drainingAndLostWorkersGetNothing() {
    there(first.beat(0, 0, GB, "qwen"));
    there(second, second.beat(9, 0, GB));
    send("POST", "/api/v1/workers/first/drain");
    assertThat(by(ask("qwen"))).isEqualTo("second");

    send("POST", "/api/v1/workers/second/drain");
    assertThat(message(ask("qwen"))).contains("all 2 inference workers are draining");

    send("POST", "/api/v1/workers/first/undrain");
    assertThat(by(ask("qwen"))).isEqualTo("first");

    send("POST", "/api/v1/workers/second/undrain");
    bessemer
        .database()
        .sql("update worker set last_seen = now() - interval '31 seconds' where id = 'first'")
        .update();
    there(second, second.beat(9, 0, GB)); // and the gateway forgets what it knew
    assertThat(by(ask("qwen"))).isEqualTo("second");
  }

  @Test
  void aModelThatIsTooLargeForAllIsRefusedWithTheNumbers() {
    bessemer
        .database()
        .sql(
            """
            insert into model (name, version, directory, format, architecture, precision, state,
                               bytes, lineage)
            values ('huge', gen_random_uuid(), 'huge', 'mlx', 'llama', 'fp32', 'proved',
                    9000000000, '{}')
            """)
        .update();
    there(first.beat(0, 0, GB));
    there(second, second.beat(0, 0, 4 * GB));

    assertThat(message(ask("huge")))
        .contains("model huge takes 9.0 GB", "the largest budget is 4.3 GB, of worker second");
  }

  @Test
  void tokensArriveOneByOne() throws Exception {
    there(first.beat(0, 0, GB));
    Sinks.Many<String> tokens = Sinks.many().unicast().onBackpressureBuffer();
    first.answer = (_, out) -> FakeWorker.events(out, tokens.asFlux());

    tokens.tryEmitNext("one");
    var response = bessemer.http.send(chat("qwen").build(), BodyHandlers.ofInputStream());
    try (BufferedReader lines = lines(response.body())) {
      assertThat(lines.readLine()).isEqualTo("data: one"); // the second does not exist yet
      tokens.tryEmitNext("two");
      assertThat(lines.readLine()).isEmpty();
      assertThat(lines.readLine()).isEqualTo("data: two");
      tokens.tryEmitComplete();
      assertThat(lines.readLine()).isEmpty();
      assertThat(lines.readLine()).isNull();
    }
    assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
  }

  @Test
  void aClientThatLeavesAStreamEndsTheWorkersWork() throws Exception {
    there(first.beat(0, 0, GB));
    first.answer = (_, out) -> FakeWorker.events(out, Flux.just("one").concatWith(Flux.never()));

    var response = bessemer.http.send(chat("qwen").build(), BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      assertThat(body.read()).isEqualTo('d');
    }

    assertThat(first.left.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aClientThatLeavesBeforeTheAnswerEndsTheWorkersWorkToo() throws Exception {
    there(first.beat(0, 0, GB));
    first.answer = (_, _) -> Mono.never();
    String body = body("qwen");

    try (Socket client = new Socket("127.0.0.1", bessemer.port())) {
      client
          .getOutputStream()
          .write(
              """
              POST /v1/chat/completions HTTP/1.1\r
              Host: 127.0.0.1\r
              Authorization: Bearer %s\r
              Content-Length: %d\r
              \r
              %s\
              """
                  .formatted(key, body.length(), body)
                  .getBytes(UTF_8));
      until(() -> first.bodies.size() == 1);
    }

    assertThat(first.left.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anotherWorkerAnswersWhenOneFailsBeforeItsFirstByte() {
    there(first.beat(0, 0, GB, "qwen"));
    there(second, second.beat(3, 0, GB));
    first.answer = (_, out) -> FakeWorker.hangUp(out);

    assertThat(by(ask("qwen"))).isEqualTo("second");
    assertThat(by(ask("qwen"))).isEqualTo("second");
    assertThat(first.bodies).as("asked no more before its next beat").hasSize(1);

    there(first.beat(0, 0, GB, "qwen"));
    ask("qwen");
    assertThat(first.bodies).hasSize(2);
  }

  @Test
  void twoAreAskedAndNoMore() {
    FakeWorker third = closing(FakeWorker.plain("third"));
    for (FakeWorker worker : List.of(first, second, third)) {
      worker.answer = (_, out) -> FakeWorker.hangUp(out);
      there(worker, worker.beat(0, 0, GB));
    }

    HttpResponse<String> response = ask("qwen");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(message(response)).contains("worker second does not answer");
    assertThat(third.bodies).isEmpty();
  }

  @Test
  void aFullQueueSendsToAnotherWorkerAndIsTheAnswerWhenAllAreFull() {
    there(first.beat(0, 0, GB, "qwen"));
    there(second, second.beat(0, 0, GB));
    first.answer = (_, out) -> FakeWorker.json(out, 429, "{\"error\":{\"message\":\"full\"}}");
    assertThat(by(ask("qwen"))).isEqualTo("second");

    second.answer = first.answer;
    HttpResponse<String> response = ask("qwen");

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(message(response)).isEqualTo("full");
  }

  @Test
  void aStreamThatBreaksOffEndsWithTheReason() {
    there(first.beat(0, 0, GB));
    there(second, second.beat(0, 0, GB));
    first.answer =
        (_, out) ->
            FakeWorker.events(
                out,
                Flux.just("one")
                    .concatWith(Flux.defer(() -> FakeWorker.hangUp(out).thenMany(Flux.empty()))));

    HttpResponse<String> response = ask("qwen");

    assertThat(response.body()).startsWith("data: one\n\n").endsWith("}}\n\n");
    assertThat(response.body()).contains("worker first went away").contains("\"worker_lost\"");
    assertThat(second.bodies).isEmpty();
  }

  @Test
  void anAnswerThatIsNoStreamAndBreaksOffDoesNotLookWhole() {
    there(first.beat(0, 0, GB));
    first.answer =
        (_, out) ->
            FakeWorker.pieces(
                out.header("Content-Type", "application/json"),
                Flux.just("{\"half\":")
                    .concatWith(Flux.defer(() -> FakeWorker.hangUp(out).thenMany(Flux.empty()))));

    assertThatThrownBy(() -> bessemer.http.send(chat("qwen").build(), BodyHandlers.ofString()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aWorkerIsReachedOverHttpsWithTheCertificateThatItRegistered() {
    OwnCertificate certificate = OwnCertificate.loadOrCreate(keys, "mac");
    FakeWorker mac = closing(FakeWorker.https("mac", certificate));
    there(mac, mac.beat(0, 0, GB));

    assertThat(by(ask("qwen"))).isEqualTo("mac");
  }

  @Test
  void anotherCertificateIsRefusedAndTheRequestIsNotSent() {
    OwnCertificate certificate = OwnCertificate.loadOrCreate(keys, "mac");
    OwnCertificate other = OwnCertificate.loadOrCreate(keys, "other");
    FakeWorker mac = closing(FakeWorker.https("mac", certificate));
    WorkerBeat real = mac.beat(0, 0, GB);
    there(
        mac,
        new WorkerBeat(
            real.kind(),
            real.url(),
            null,
            other.fingerprint(),
            real.version(),
            real.capabilities(),
            real.models(),
            0,
            0,
            GB));

    HttpResponse<String> response = ask("qwen");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(message(response)).contains("worker mac does not answer", other.fingerprint());
    assertThat(mac.bodies).isEmpty();
  }

  @Test
  void aBodyWithoutAModelIsRefusedAtTheDoor() {
    there(first.beat(0, 0, GB));
    for (String body : List.of("", "[]", "{\"messages\":[]}", "{\"model\":7}", "{\"model\"")) {
      HttpResponse<String> response =
          bessemer.send(bessemer.request(CHAT, key).POST(BodyPublishers.ofString(body)));

      assertThat(response.statusCode()).as(body).isEqualTo(400);
      JsonNode error = bessemer.json(response).get("error");
      assertThat(error.get("param").asString()).as(body).isEqualTo("model");
    }
    assertThat(first.bodies).isEmpty();
  }

  @Test
  void whatNeedsNoModelGoesToAnyWorker() {
    there(first.beat(0, 0, GB));

    HttpResponse<String> response = bessemer.get("/v1/models?x=1", key);

    assertThat(by(response)).isEqualTo("first");
    assertThat(first.bodies).containsExactly("/v1/models?x=1 ");
  }

  private void there(WorkerBeat beat) {
    there(first, beat);
  }

  /// As the worker itself would say it, so that the gateway does not remember an older state.
  private static void there(FakeWorker worker, WorkerBeat beat) {
    bessemer.context.getBean(Workers.class).beat(worker.id, null, beat);
    send("POST", "/api/v1/workers/" + worker.id + "/undrain");
  }

  private static void send(String method, String path) {
    HttpRequest.Builder request =
        bessemer.request(path, bessemer.key(Scope.ADMIN)).method(method, BodyPublishers.noBody());
    assertThat(bessemer.send(request).statusCode()).isEqualTo(200);
  }

  private static HttpResponse<String> ask(String model) {
    return bessemer.send(chat(model));
  }

  private static HttpRequest.Builder chat(String model) {
    return bessemer
        .request(CHAT, key)
        .header("Content-Type", "application/json")
        .timeout(Duration.ofSeconds(30))
        .POST(BodyPublishers.ofString(body(model)));
  }

  private static String body(String model) {
    return "{\"messages\":[{\"model\":\"inner\"}],\"model\":\"%s\"}".formatted(model);
  }

  private static String by(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return bessemer.json(response).get("by").asString();
  }

  private static String message(HttpResponse<String> response) {
    return bessemer.json(response).get("error").get("message").asString();
  }

  private static BufferedReader lines(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, UTF_8));
  }

  private <T extends AutoCloseable> T closing(T each) {
    open.add(each);
    return each;
  }

  private static void until(java.util.function.BooleanSupplier condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time").isLessThan(deadline);
      Thread.sleep(5);
    }
  }
}
