package bessemer.inference.translation;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.FakeGateway;
import bessemer.inference.TinyModels;
import bessemer.inference.Worker;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A tiny translator of letters behind real HTTP, and models that must not be asked to translate.
final class Letters implements AutoCloseable {
  static final String TRANSLATE = "/api/v1/translate";
  static final String TO_FRENCH =
      "\"model\": \"letters\", \"source_lang\": \"English\", \"target_lang\": \"fr\"";

  private static final JsonMapper JSON = JsonMapper.shared();

  final FakeGateway gateway;
  final Worker worker;

  Letters(Path home) throws IOException {
    gateway = new FakeGateway(home);
    TinyModels.translator(gateway.directory("letters-1"));
    gateway.publish("letters", "letters-1", "proved");
    gateway.publish("wrong", "letters-1", "rejected");
    TinyModels.convert(gateway.directory("tiny-1"));
    gateway.publish("tiny", "tiny-1", "proved");
    worker = new Worker(gateway, "bessemer.inference.max-batch", "4");
  }

  static String json(Object value) {
    return JSON.writeValueAsString(value);
  }

  JsonNode answer(String body) throws Exception {
    return worker.answer(TRANSLATE, body);
  }

  JsonNode problem(int status, String body) throws Exception {
    HttpResponse<String> response = worker.post(TRANSLATE, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    return JSON.readTree(response.body());
  }

  /// @param type `sentence`, `done` or `error`
  record Event(String type, JsonNode data) {}

  List<Event> stream(String body) throws Exception {
    HttpResponse<String> response = worker.post(TRANSLATE, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    List<Event> events = new ArrayList<>();
    for (String event : response.body().split("\n\n")) {
      String[] lines = event.split("\n");
      assertThat(lines).hasSize(2);
      assertThat(lines[1]).startsWith("data: ");
      events.add(
          new Event(lines[0].replaceFirst("^event: ", ""), JSON.readTree(lines[1].substring(6))));
    }
    return events;
  }

  @Override
  public void close() {
    worker.close();
    gateway.close();
  }
}
