package bessemer.inference;

import static bessemer.inference.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.FakeGateway.Beat;
import bessemer.inference.serving.Residents;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The worker among others: its queue, the gateway's orders, what Prometheus sees.
@Timeout(180)
class LifecycleTest {
  private static final String TEXT = "/v1/completions";
  private static final String ASK =
      "{\"model\": \"tiny\", \"prompt\": \"Once\", \"temperature\": 0, \"max_tokens\": 4}";

  @TempDir static Path home;
  private static FakeGateway gateway;
  private static Worker worker;

  @BeforeAll
  static void start() throws IOException {
    gateway = new FakeGateway(home);
    TinyModels.convert(gateway.directory("tiny-1"));
    gateway.publish("tiny", "tiny-1", "proved");
    worker = new Worker(gateway, "bessemer.queue", "1");
  }

  @AfterAll
  static void stop() {
    worker.close();
    gateway.close();
  }

  @Test
  void asksToComeBackWhenTheQueueIsFull() throws Throwable {
    CountDownLatch gate = worker.hold("tiny");
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<JsonNode> waiting = clients.submit(() -> worker.answer(TEXT, ASK));
      eventually(() -> assertThat(worker.bean(Residents.class).busy()).isEqualTo(2));

      HttpResponse<String> refused = worker.post(TEXT, ASK);
      double queue = worker.metric("bessemer_inference_queue_length", Map.of("model", "tiny"));
      gate.countDown();

      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(Worker.error(refused).get("code").stringValue()).isEqualTo("queue_full");
      assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 60L);
      assertThat(queue).isEqualTo(1);
      assertThat(waiting.get().at("/usage/completion_tokens").intValue()).isEqualTo(4);
    }
  }

  @Test
  void refusesMorePromptsThanTheQueueHoldsAndBeginsNone() throws Exception {
    double before = worker.metric("bessemer_inference_tokens_total", Map.of());
    JsonNode error =
        worker.error(
            429, TEXT, "{\"model\": \"tiny\", \"prompt\": [\"a\", \"b\"], \"max_tokens\": 2}");

    assertThat(error.get("code").stringValue()).isEqualTo("queue_full");
    assertThat(worker.metric("bessemer_inference_tokens_total", Map.of())).isEqualTo(before);
    assertThat(worker.metric("bessemer_inference_requests_total", Map.of("outcome", "refused")))
        .isPositive();
  }

  @Test
  void tellsTheGatewayWhereItIsAndWhatItHasLoaded() throws Throwable {
    worker.answer(TEXT, ASK);
    Beat beat = gateway.beats().poll(60, TimeUnit.SECONDS);
    while (beat != null
        && beat.state().models().stream().noneMatch(model -> model.name().equals("tiny"))) {
      beat = gateway.beats().poll(60, TimeUnit.SECONDS);
    }

    assertThat(beat).isNotNull();
    assertThat(beat.worker()).matches("inference-[a-z0-9-]+-[0-9a-f]{6}");
    assertThat(beat.state().kind()).isEqualTo("inference");
    assertThat(beat.state().url()).isEqualTo("http://127.0.0.1:" + worker.port());
    assertThat(beat.state().managementUrl()).startsWith("http://127.0.0.1:");
    assertThat(beat.state().capabilities()).containsExactly("cpu");
    assertThat(beat.state().memoryBytes())
        .isGreaterThanOrEqualTo(TinyModels.bytes(gateway.directory("tiny-1")))
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
  void showsPrometheusWhatItDid() throws Throwable {
    gateway.publish("seen", "tiny-1", "proved");
    worker.answer(TEXT, ASK.replace("tiny", "seen"));

    Map<String, String> seen = Map.of("model", "seen");
    assertThat(
            worker.metric(
                "bessemer_inference_requests_total", Map.of("model", "seen", "outcome", "length")))
        .isEqualTo(1);
    assertThat(
            worker.metric(
                "bessemer_inference_tokens_total", Map.of("model", "seen", "kind", "completion")))
        .isEqualTo(4);
    assertThat(
            worker.metric(
                "bessemer_inference_tokens_total", Map.of("model", "seen", "kind", "prompt")))
        .isPositive();
    assertThat(worker.metric("bessemer_inference_queue_seconds_count", seen)).isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_time_to_first_token_seconds_count", seen))
        .isEqualTo(1);
    assertThat(
            worker.metric(
                "bessemer_inference_time_to_first_token_seconds_bucket",
                Map.of("model", "seen", "le", "+Inf")))
        .isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_inter_token_seconds_count", seen)).isEqualTo(3);
    assertThat(worker.metric("bessemer_inference_load_seconds_count", seen)).isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_batch_count", seen)).isEqualTo(3);
    assertThat(worker.metric("bessemer_inference_batch_sum", seen)).isEqualTo(3);
    assertThat(
            worker.metric("bessemer_inference_batch_bucket", Map.of("model", "seen", "le", "1.0")))
        .isEqualTo(3);
    assertThat(worker.metric("bessemer_inference_running", seen)).isZero();
    assertThat(worker.metric("bessemer_inference_reused_tokens_total", seen)).isZero();
    assertThat(
            worker.metric(
                "bessemer_inference_computed_tokens_total",
                Map.of("model", "seen", "kind", "prefill")))
        .isEqualTo(
            worker.metric(
                "bessemer_inference_tokens_total", Map.of("model", "seen", "kind", "prompt")));
    assertThat(
            worker.metric(
                "bessemer_inference_computed_tokens_total",
                Map.of("model", "seen", "kind", "decode")))
        .isEqualTo(3);
    assertThat(worker.metric("bessemer_inference_memory_bytes", Map.of("kind", "loaded")))
        .isEqualTo(worker.bean(Residents.class).bytes());
    assertThat(worker.metric("bessemer_inference_memory_bytes", Map.of("kind", "budget")))
        .isPositive();
    assertThat(worker.metric("bessemer_kernels_info", Map.of("backend", "cpu"))).isEqualTo(1);
    assertThat(worker.metric("http_server_requests_seconds_count", Map.of("uri", TEXT)))
        .isPositive();
  }

  @Test
  void usesTheNewVersionOfAReplacedModel() throws Throwable {
    gateway.publish("changing", "tiny-1", "proved");
    String ask = ASK.replace("tiny", "changing");
    String before = worker.answer(TEXT, ask).get("system_fingerprint").stringValue();
    TinyModels.quantize(gateway.directory("tiny-2"));
    gateway.publish("changing", "tiny-2", "measured");

    eventually(() ->
        assertThat(worker.answer(TEXT, ask).get("system_fingerprint").stringValue())
            .isNotEqualTo(before));
    assertThat(worker.bean(Residents.class).loaded())
        .filteredOn(model -> model.name().equals("changing"))
        .hasSize(1);
  }

  @Test
  void asksTheCatalogueNotForEveryRequest() throws Throwable {
    worker.answer(TEXT, ASK);
    int before = gateway.lookUps();
    long start = System.nanoTime();
    for (int i = 0; i < 10; i++) {
      worker.answer(TEXT, ASK);
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);

    assertThat(gateway.lookUps() - before).isLessThanOrEqualTo((int) (1 + seconds / 2));
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
}
