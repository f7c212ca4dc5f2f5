package bessemer.inference;

import static bessemer.inference.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.serving.Residents;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clients that leave in the middle. The model has room for far more tokens than it can generate
/// before anybody notices.
@Timeout(180)
class DisconnectTest {
  private static final int ROOM = 200_000;

  @TempDir static Path home;
  private static FakeGateway gateway;
  private static Worker worker;

  @BeforeAll
  static void start() throws IOException {
    gateway = new FakeGateway(home);
    Path tiny = TinyModels.convert(gateway.directory("tiny-1"));
    TinyModels.lengthen(tiny, gateway.directory("endless-1"), ROOM);
    gateway.publish("endless", "endless-1", "proved");
    worker = new Worker(gateway, "bessemer.inference.max-batch", "2");
  }

  @AfterAll
  static void stop() {
    worker.close();
    gateway.close();
  }

  private static Socket ask(boolean stream) throws IOException {
    String body =
        """
        {"model": "endless", "prompt": "Once", "max_tokens": 190000, "ignore_eos": true,
         "stream": %s}\
        """
            .formatted(stream);
    return worker.connect("/v1/completions", body);
  }

  private static double completed() throws Exception {
    return worker.metric(
        "bessemer_inference_tokens_total", Map.of("model", "endless", "kind", "completion"));
  }

  private static double cancelled() throws Exception {
    return worker.metric(
        "bessemer_inference_requests_total", Map.of("model", "endless", "outcome", "cancelled"));
  }

  private static void assertStops(double cancelledBefore) throws Throwable {
    eventually(() -> assertThat(cancelled()).isEqualTo(cancelledBefore + 1));
    double tokens = completed();
    assertThat(worker.bean(Residents.class).busy()).isZero();
    assertThat(tokens).isPositive().isLessThan(190_000);
    assertThat(completed()).isEqualTo(tokens);
  }

  @Test
  void aStreamNobodyReadsIsNotGenerated() throws Throwable {
    double before = cancelled();
    try (Socket socket = ask(true)) {
      assertThat(Worker.awaitLine(socket, "data:")).startsWith("data: {");
    }

    assertStops(before);
  }

  @Test
  void anAnswerNobodyWaitsForIsNotGenerated() throws Throwable {
    double before = cancelled();
    double tokens = completed();
    try (Socket _ = ask(false)) {
      eventually(() -> assertThat(completed()).isGreaterThan(tokens));
    }

    assertStops(before);
  }

  @Test
  void oneOfTwoThatRunTogetherLeavesAndTheOtherGoesOn() throws Throwable {
    double before = cancelled();
    try (Socket _ = ask(true)) {
      try (Socket _ = ask(true)) {
        eventually(() -> assertThat(running()).isEqualTo(2));
      }
      eventually(() -> assertThat(running()).isEqualTo(1));
      double tokens = completed();
      eventually(() -> assertThat(completed()).isGreaterThan(tokens));
    }

    assertStops(before + 1);
  }

  @Test
  void aRequestThatWaitsLeavesTheQueueWithItsClient() throws Throwable {
    double before = cancelled();
    try (Socket _ = ask(true);
        Socket _ = ask(true)) {
      eventually(() -> assertThat(running()).isEqualTo(2));
      try (Socket _ = ask(false)) {
        eventually(() -> assertThat(waiting()).isEqualTo(1));
      }
      eventually(() -> assertThat(waiting()).isZero());
      assertThat(running()).isEqualTo(2);
    }

    assertStops(before + 2);
  }

  private static double running() throws Exception {
    return worker.metric("bessemer_inference_running", Map.of("model", "endless"));
  }

  private static double waiting() throws Exception {
    return worker.metric("bessemer_inference_queue_length", Map.of("model", "endless"));
  }
}
