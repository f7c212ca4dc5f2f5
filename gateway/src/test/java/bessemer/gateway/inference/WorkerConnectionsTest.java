package bessemer.gateway.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.WorkerBeat;
import bessemer.service.tls.OwnCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/// What goes over the line to a worker, and what happens when the line breaks.
class WorkerConnectionsTest extends TwoWorkers {
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
}
