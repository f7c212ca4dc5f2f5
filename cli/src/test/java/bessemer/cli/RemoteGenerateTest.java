package bessemer.cli;

import static bessemer.cli.FakeGateway.cutOff;
import static bessemer.cli.FakeGateway.events;
import static bessemer.cli.FakeGateway.json;
import static bessemer.cli.FakeGateway.problem;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RemoteGenerateTest {
  private static final String CHAT = "POST /v1/chat/completions";

  @TempDir Path folder;
  private Session session;
  private FakeGateway gateway;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    session = new Session(folder).own(gateway);
    gateway.on(
        CHAT,
        events(
            chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
            chunk("{\"content\":\"It is\"}", "null"),
            chunk("{\"content\":\" Paris.\"}", "null"),
            chunk("{}", "\"stop\""),
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n",
            "data: [DONE]\n\n"));
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  static String chunk(String delta, String finish) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n"
        .formatted(delta, finish);
  }

  @Test
  void answersThroughTheGateway() {
    Done done = session.run("generate", "qwen", "--prompt", "Capital of France?");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).isEqualTo("It is Paris.\n");
    assertThat(done.err())
        .matches("\\[9 prompt tokens, first after \\d+ ms; 3 tokens(, [\\d.]+ tok/s)?]\n");
    JsonMapper mapper = new JsonMapper();
    assertThat(mapper.readTree(gateway.asked(CHAT).getFirst().body()))
        .isEqualTo(
            mapper.readTree(
                """
                {"model":"qwen","messages":[{"role":"user","content":"Capital of France?"}],\
                "max_tokens":256,"temperature":0.0,"top_p":1.0,"seed":0,"stream":true,\
                "stream_options":{"include_usage":true}}\
                """));
  }

  @Test
  void passesOnHowTokensAreChosen() {
    session.run(
        "generate",
        "qwen",
        "--prompt",
        "x",
        "--max-tokens",
        5,
        "--temperature",
        "0.5",
        "--top-k",
        40,
        "--top-p",
        "0.25",
        "--min-p",
        "0.125",
        "--repetition-penalty",
        "1.5",
        "--seed",
        3,
        "--stop",
        "a",
        "--stop",
        "b");
    assertThat(gateway.asked(CHAT).getFirst().text())
        .contains(
            """
            "max_tokens":5,"temperature":0.5,"top_p":0.25,"seed":3,"stop":["a","b"],"top_k":40,\
            "min_p":0.125,"repetition_penalty":1.5,\
            """);
  }

  @Test
  void continuesRawText() {
    gateway.on(
        "POST /v1/completions",
        events(
            "data: {\"choices\":[{\"text\":\" upon a time\",\"finish_reason\":\"length\"}]}\n\n",
            "data: [DONE]\n\n"));
    Done done = session.run("generate", "qwen", "--prompt", "Once", "--raw", "--json");
    JsonNode json = new JsonMapper().readTree(done.out());
    assertThat(json.get("text").asString()).isEqualTo(" upon a time");
    assertThat(json.get("finish").asString()).isEqualTo("LENGTH");
    assertThat(gateway.asked("POST /v1/completions").getFirst().text())
        .startsWith("{\"model\":\"qwen\",\"prompt\":\"Once\",");
  }

  @Test
  void printsAnAnswerAsJson() {
    Done done = session.run("generate", "qwen", "--prompt", "x", "--json");
    JsonNode json = new JsonMapper().readTree(done.out());
    assertThat(json.propertyNames())
        .containsExactly(
            "text",
            "finish",
            "prompt_tokens",
            "completion_tokens",
            "first_text_nanos",
            "rest_nanos");
    assertThat(json.get("text").asString()).isEqualTo("It is Paris.");
    assertThat(json.get("finish").asString()).isEqualTo("STOP");
    assertThat(json.get("completion_tokens").asInt()).isEqualTo(3);
  }

  @Test
  void failsWhenAnAnswerBreaksOff() {
    gateway.on(CHAT, cutOff(chunk("{\"content\":\"It\"}", "null")));
    Done cut = session.run("generate", "qwen", "--prompt", "x");
    assertThat(cut.code()).isEqualTo(1);
    gateway.on(CHAT, events(chunk("{\"content\":\"It\"}", "null")));
    Done ended = session.run("generate", "qwen", "--prompt", "x");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).isEqualTo("error: the answer broke off in the middle\n");
    gateway.on(
        CHAT,
        events(
            chunk("{\"content\":\"It\"}", "null"),
            "data: {\"error\":{\"message\":\"out of memory\",\"type\":\"server_error\"}}\n\n"));
    assertThat(session.run("generate", "qwen", "--prompt", "x").err())
        .isEqualTo("error: out of memory\n");
  }

  @Test
  void saysWhenTheModelIsBusy() {
    gateway.on(
        CHAT,
        (exchange, asked) -> {
          exchange.getResponseHeaders().add("Retry-After", "3");
          json(429, "{\"error\":{\"message\":\"16 requests wait for qwen\",\"code\":null}}")
              .give(exchange, asked);
        });
    Done done = session.run("generate", "qwen", "--prompt", "x");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err()).isEqualTo("error: 16 requests wait for qwen; try again in 3 s\n");
  }

  @Test
  void pointsToALocalModelOfThatName() throws IOException {
    gateway.on(CHAT, problem(404, "Not found", "there is no model mine"));
    assertThat(session.run("generate", "mine", "--prompt", "x").err())
        .isEqualTo("error: there is no model mine\n");
    Files.createDirectories(session.at("home").resolve("models/mine"));
    Done done = session.run("generate", "mine", "--prompt", "x");
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.err())
        .isEqualTo("error: there is no model mine; one was converted with --local: add --local\n");
  }
}
