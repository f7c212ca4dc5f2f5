package bessemer.inference.translation;

import static bessemer.inference.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.FakeGateway;
import bessemer.inference.TinyModels;
import bessemer.inference.Worker;
import bessemer.inference.serving.Residents;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clients that leave in the middle of far more sentences than are translated before anybody
/// notices.
@Timeout(180)
class LeavingTest {
  private static final int SENTENCES = 1000;

  @TempDir static Path home;
  private static FakeGateway gateway;
  private static Worker worker;

  @BeforeAll
  static void start() throws IOException {
    gateway = new FakeGateway(home);
    TinyModels.translator(gateway.directory("letters-1"));
    gateway.publish("letters", "letters-1", "proved");
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
        {"model": "letters", "source_lang": "en", "target_lang": "fr", "beams": 8,
         "texts": [%s], "stream": %s}\
        """
            .formatted(
                String.join(
                    ",", Collections.nCopies(SENTENCES, "\"a b c d e f g h i j k l m n o p\"")),
                stream);
    return worker.connect("/api/v1/translate", body);
  }

  private static double sentences() throws Exception {
    return worker.metric("bessemer_inference_sentences_total", Map.of("model", "letters"));
  }

  private static double cancelled() throws Exception {
    return worker.metric(
        "bessemer_inference_requests_total", Map.of("model", "letters", "outcome", "cancelled"));
  }

  private static void assertStops(double cancelledBefore, double sentencesBefore) throws Exception {
    eventually(() -> assertThat(cancelled()).isEqualTo(cancelledBefore + 1));
    double sentences = sentences();
    assertThat(worker.bean(Residents.class).busy()).isZero();
    assertThat(sentences - sentencesBefore).isPositive().isLessThan(SENTENCES);
    assertThat(sentences()).isEqualTo(sentences);
  }

  @Test
  void aStreamNobodyReadsIsNotTranslated() throws Exception {
    double cancelled = cancelled();
    double sentences = sentences();
    try (Socket socket = ask(true)) {
      assertThat(Worker.awaitLine(socket, "event:")).isEqualTo("event: sentence");
    }

    assertStops(cancelled, sentences);
  }

  @Test
  void anAnswerNobodyWaitsForIsNotTranslated() throws Exception {
    double cancelled = cancelled();
    double sentences = sentences();
    try (Socket _ = ask(false)) {
      eventually(() -> assertThat(sentences()).isGreaterThan(sentences));
    }

    assertStops(cancelled, sentences);
  }
}
