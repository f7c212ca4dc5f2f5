package bessemer.inference;

import static bessemer.inference.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// How a worker ends, and what it does when the gateway has ended.
@Timeout(180)
class EndTest {
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
    worker = new Worker(gateway);
  }

  @AfterEach
  void stop() {
    worker.close();
    gateway.close();
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
    CountDownLatch gate = worker.hold("tiny");
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
  void saysThatTheGatewayIsGone() throws Throwable {
    gateway.close();

    HttpResponse<String> response = worker.post(TEXT, ASK);

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(Worker.error(response).get("code").stringValue()).isEqualTo("catalogue_unavailable");
    assertThat(response.body()).contains("nobody listens there");
  }
}
