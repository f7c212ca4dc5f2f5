package bessemer.gateway.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import bessemer.contracts.Scope;
import bessemer.contracts.WorkerBeat;
import bessemer.db.workers.Workers;
import bessemer.gateway.Installation;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A gateway and two workers that nobody has registered yet.
class TwoWorkers {
  static final String CHAT = "/v1/chat/completions";
  static final long GB = 1L << 30;

  static Installation bessemer;
  static String key;

  @TempDir Path keys;
  private final List<AutoCloseable> open = new ArrayList<>();
  FakeWorker first;
  FakeWorker second;

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

  void there(WorkerBeat beat) {
    there(first, beat);
  }

  /// As the worker itself would say it, so that the gateway does not remember an older state.
  static void there(FakeWorker worker, WorkerBeat beat) {
    bessemer.context.getBean(Workers.class).beat(worker.id, null, beat);
    send("POST", "/api/v1/workers/" + worker.id + "/undrain");
  }

  static void send(String method, String path) {
    HttpRequest.Builder request =
        bessemer.request(path, bessemer.key(Scope.ADMIN)).method(method, BodyPublishers.noBody());
    assertThat(bessemer.send(request).statusCode()).isEqualTo(200);
  }

  static HttpResponse<String> ask(String model) {
    return bessemer.send(chat(model));
  }

  static HttpRequest.Builder chat(String model) {
    return bessemer
        .request(CHAT, key)
        .header("Content-Type", "application/json")
        .timeout(Duration.ofSeconds(30))
        .POST(BodyPublishers.ofString(body(model)));
  }

  static String body(String model) {
    return "{\"messages\":[{\"model\":\"inner\"}],\"model\":\"%s\"}".formatted(model);
  }

  static String by(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return bessemer.json(response).get("by").asString();
  }

  static String message(HttpResponse<String> response) {
    return bessemer.json(response).get("error").get("message").asString();
  }

  static BufferedReader lines(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, UTF_8));
  }

  <T extends AutoCloseable> T closing(T each) {
    open.add(each);
    return each;
  }

  static void until(Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(20)).until(condition);
  }
}
