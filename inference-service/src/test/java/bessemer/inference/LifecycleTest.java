package bessemer.inference;

import static bessemer.inference.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.FakeGateway.Beat;
import bessemer.inference.serving.Lease;
import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import bessemer.inference.serving.ServingException;
import bessemer.inference.serving.TextListener;
import bessemer.models.generation.Generated;
import bessemer.models.generation.Request;
import bessemer.models.generation.Sampling;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The worker among others: its queue, the gateway's orders, what Prometheus sees, its end.
@Timeout(180)
class LifecycleTest {
  private static final String TEXT = "/v1/completions";
  private static final String ASK =
      "{\"model\": \"tiny\", \"prompt\": \"Once\", \"temperature\": 0, \"max_tokens\": 4}";

  @TempDir Path home;
  private FakeGateway gateway;
  private Worker worker;

  @BeforeEach
  void start() throws IOException {
    gateway = new FakeGateway(home);
    TinyModels.convert(gateway.directory("tiny-1"));
    gateway.publish("tiny", "tiny-1", "proved");
    worker = new Worker(gateway, "bessemer.queue", "1");
  }

  @AfterEach
  void stop() {
    worker.close();
    gateway.close();
  }

  /// Keeps the model's thread busy until the latch opens.
  private CountDownLatch hold() throws InterruptedException {
    var gate = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var listener =
        new TextListener() {
          @Override
          public void text(String piece) {
            begun.countDown();
            try {
              gate.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }

          @Override
          public void ended(Generated generated) {}

          @Override
          public void failed(ServingException failure) {}
        };
    try (Lease lease = worker.bean(Serving.class).open("tiny")) {
      var request = new Request(new int[] {1, 4, 277}, 4, Sampling.greedy());
      lease.submit(List.of(new Lease.Order(request, listener)));
    }
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    return gate;
  }

  @Test
  void asksToComeBackWhenTheQueueIsFull() throws Throwable {
    CountDownLatch gate = hold();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<JsonNode> waiting = clients.submit(() -> worker.answer(TEXT, ASK));
      eventually(() -> assertThat(worker.bean(Residents.class).busy()).isEqualTo(2));

      HttpResponse<String> refused = worker.post(TEXT, ASK);

      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(Worker.error(refused).get("code").stringValue()).isEqualTo("queue_full");
      assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 60L);
      assertThat(worker.metric("bessemer_inference_queue_length", Map.of("model", "tiny")))
          .isEqualTo(1);
      gate.countDown();
      assertThat(waiting.get().at("/usage/completion_tokens").intValue()).isEqualTo(4);
    }
  }

  @Test
  void refusesMorePromptsThanTheQueueHoldsAndBeginsNone() throws Exception {
    JsonNode error =
        worker.error(
            429, TEXT, "{\"model\": \"tiny\", \"prompt\": [\"a\", \"b\"], \"max_tokens\": 2}");

    assertThat(error.get("code").stringValue()).isEqualTo("queue_full");
    assertThat(
            worker.metric("bessemer_inference_tokens_total", Map.of("kind", "completion")))
        .isZero();
  }

  @Test
  void tellsTheGatewayWhereItIsAndWhatItHasLoaded() throws Throwable {
    worker.answer(TEXT, ASK);
    Beat beat = gateway.beats().poll(60, TimeUnit.SECONDS);
    while (beat != null && beat.state().models().isEmpty()) {
      beat = gateway.beats().poll(60, TimeUnit.SECONDS);
    }

    assertThat(beat).isNotNull();
    assertThat(beat.worker()).matches("inference-[a-z0-9-]+-[0-9a-f]{6}");
    assertThat(beat.state().kind()).isEqualTo("inference");
    assertThat(beat.state().url()).isEqualTo("http://127.0.0.1:" + worker.port());
    assertThat(beat.state().managementUrl()).startsWith("http://127.0.0.1:");
    assertThat(beat.state().capabilities()).containsExactly("cpu");
    assertThat(beat.state().models().getFirst().name()).isEqualTo("tiny");
    assertThat(beat.state().memoryBytes())
        .isEqualTo(beat.state().models().getFirst().bytes())
        .isLessThan(beat.state().memoryBudgetBytes());
  }

  @Test
  void takesNothingNewWhileItDrains() throws Throwable {
    gateway.drain(true);

    eventually(() -> assertThat(worker.post(TEXT, ASK).statusCode()).isEqualTo(503));
    assertThat(worker.error(503, TEXT, ASK).get("message").stringValue()).contains("draining");
    gateway.drain(false);
    eventually(() -> assertThat(worker.post(TEXT, ASK).statusCode()).isEqualTo(200));
  }

  @Test
  void refusesWhatComesWhileItShutsDown() throws Throwable {
    worker.bean(Serving.class).stop();

    HttpResponse<String> refused = worker.post(TEXT, ASK);

    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(Worker.error(refused).get("code").stringValue()).isEqualTo("shutting_down");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
  }

  @Test
  void endsWhatItHasBegunBeforeItEnds() throws Throwable {
    CountDownLatch gate = hold();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<JsonNode> waiting = clients.submit(() -> worker.answer(TEXT, ASK));
      eventually(() -> assertThat(worker.bean(Residents.class).busy()).isEqualTo(2));
      Residents residents = worker.bean(Residents.class);
      Future<?> closed = clients.submit(worker::closeContext);
      gate.countDown();

      assertThat(waiting.get().at("/usage/completion_tokens").intValue()).isEqualTo(4);
      closed.get();
      assertThat(residents.bytes()).isZero();
    }
  }

  @Test
  void showsPrometheusWhatItDid() throws Throwable {
    worker.answer(TEXT, ASK);

    Map<String, String> tiny = Map.of("model", "tiny");
    assertThat(
            worker.metric(
                "bessemer_inference_requests_total", Map.of("model", "tiny", "outcome", "length")))
        .isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_tokens_total", Map.of("kind", "completion")))
        .isEqualTo(4);
    assertThat(worker.metric("bessemer_inference_tokens_total", Map.of("kind", "prompt")))
        .isPositive();
    assertThat(worker.metric("bessemer_inference_queue_seconds_count", tiny)).isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_time_to_first_token_seconds_count", tiny))
        .isEqualTo(1);
    assertThat(
            worker.metric(
                "bessemer_inference_time_to_first_token_seconds_bucket", Map.of("le", "+Inf")))
        .isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_inter_token_seconds_count", tiny)).isEqualTo(3);
    assertThat(worker.metric("bessemer_inference_load_seconds_count", tiny)).isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_memory_bytes", Map.of("kind", "loaded")))
        .isEqualTo(TinyModels.bytes(gateway.directory("tiny-1")));
    assertThat(worker.metric("bessemer_inference_memory_bytes", Map.of("kind", "budget")))
        .isPositive();
    assertThat(worker.metric("http_server_requests_seconds_count", Map.of("uri", TEXT)))
        .isEqualTo(1);
  }

  @Test
  void usesTheNewVersionOfAReplacedModel() throws Throwable {
    String before = worker.answer(TEXT, ASK).get("system_fingerprint").stringValue();
    TinyModels.quantize(gateway.directory("tiny-2"));
    gateway.publish("tiny", "tiny-2", "measured");

    eventually(
        () ->
            assertThat(worker.answer(TEXT, ASK).get("system_fingerprint").stringValue())
                .isNotEqualTo(before));
    assertThat(worker.bean(Residents.class).loaded()).hasSize(1);
  }

  @Test
  void asksTheCatalogueNotForEveryRequest() throws Throwable {
    long start = System.nanoTime();
    worker.answer(TEXT, ASK);
    for (int i = 0; i < 10; i++) {
      worker.answer(TEXT, ASK);
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);

    assertThat(gateway.lookUps()).isLessThanOrEqualTo((int) (1 + seconds / 2 + 1));
  }

  @Test
  void saysWhyAModelCannotBeLoaded() throws Throwable {
    TinyModels.copy(gateway.directory("tiny-1"), gateway.directory("torn-1"));
    Files.write(gateway.directory("torn-1").resolve("model.safetensors"), new byte[64]);
    gateway.publish("torn", "torn-1", "proved");
    gateway.publish("outside", "../keys", "proved");

    JsonNode torn = worker.error(500, TEXT, ASK.replace("tiny", "torn"));
    JsonNode outside = worker.error(500, TEXT, ASK.replace("tiny", "outside"));

    assertThat(torn.get("code").stringValue()).isEqualTo("model_load_failed");
    assertThat(torn.get("message").stringValue()).contains("model.safetensors");
    assertThat(outside.get("message").stringValue()).contains("outside of");
  }

  @Test
  void saysThatTheGatewayIsGone() throws Throwable {
    gateway.close();

    HttpResponse<String> response = worker.post(TEXT, ASK);

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(Worker.error(response).get("code").stringValue())
        .isEqualTo("catalogue_unavailable");
  }
}
