package bessemer.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// OpenAI's endpoints of the real service over a real port, with the bundled example.
class CompletionsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String TEXT = "/v1/completions";

  @TempDir static Path home;
  private static FakeGateway gateway;
  private static Worker worker;

  @BeforeAll
  static void start() throws IOException {
    gateway = new FakeGateway(home);
    Path tiny = TinyModels.convert(gateway.directory("tiny-1"));
    TinyModels.withoutTemplate(tiny, gateway.directory("base-1"));
    gateway.publish("tiny", "tiny-1", "proved");
    gateway.publish("base", "base-1", "unproven");
    gateway.publish("wrong", "tiny-1", "rejected");
    worker = new Worker(gateway);
  }

  @AfterAll
  static void stop() {
    worker.close();
    gateway.close();
  }

  /// A conversation of one question, greedy, with further fields.
  private static String ask(String question, String... fields) {
    return """
    {"model": "tiny", "temperature": 0, "messages": [{"role": "user", "content": "%s"}]%s}\
    """
        .formatted(
            question,
            java.util.Arrays.stream(fields).map(f -> ", " + f).collect(Collectors.joining()));
  }

  private static String content(JsonNode answer) {
    return answer.at("/choices/0/message/content").stringValue();
  }

  @Test
  void answersWhatPytorchAnswers() throws Exception {
    JsonNode answer = worker.answer(CHAT, ask(TinyModels.QUESTION));

    assertThat(content(answer)).isEqualTo(TinyModels.ANSWER);
    assertThat(answer.get("object").stringValue()).isEqualTo("chat.completion");
    assertThat(answer.get("id").stringValue()).matches("chatcmpl-[0-9A-Za-z]{24}");
    assertThat(answer.get("model").stringValue()).isEqualTo("tiny");
    assertThat(answer.get("system_fingerprint").stringValue()).matches("fp_[0-9a-f]{8}");
    assertThat(answer.get("created").longValue()).isPositive();
    assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
    assertThat(answer.at("/choices/0/message/role").stringValue()).isEqualTo("assistant");
    assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(11);
    assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(12);
    assertThat(answer.at("/usage/total_tokens").intValue()).isEqualTo(23);
  }

  @Test
  void tellsHowMuchOfAConversationWasKnown() throws Exception {
    String question = "Which planet is the largest?";
    JsonNode first = worker.answer(CHAT, ask(question));
    JsonNode second =
        worker.answer(
            CHAT,
            """
            {"model": "tiny", "temperature": 0, "messages": [
              {"role": "user", "content": "%s"}, {"role": "assistant", "content": "%s"},
              {"role": "user", "content": "Thanks!"}]}
            """
                .formatted(question, content(first)));

    int known = second.at("/usage/prompt_tokens_details/cached_tokens").intValue();
    assertThat(first.at("/usage/prompt_tokens_details/cached_tokens").intValue())
        .isLessThan(first.at("/usage/prompt_tokens").intValue());
    assertThat(known)
        .isGreaterThanOrEqualTo(first.at("/usage/prompt_tokens").intValue())
        .isLessThan(second.at("/usage/prompt_tokens").intValue());
  }

  @Test
  void streamsWhoSpeaksThenPiecesThenWhyItEndedThenTheUsage() throws Exception {
    List<JsonNode> events =
        worker.stream(
            CHAT,
            ask(
                TinyModels.QUESTION,
                "\"stream\": true",
                "\"stream_options\": {\"include_usage\": true}"));

    assertThat(events.getFirst().at("/choices/0/delta/role").stringValue()).isEqualTo("assistant");
    assertThat(events.getLast().stringValue()).isEqualTo("[DONE]");
    JsonNode usage = events.get(events.size() - 2);
    assertThat(usage.get("choices").isEmpty()).isTrue();
    assertThat(usage.at("/usage/completion_tokens").intValue()).isEqualTo(12);
    JsonNode last = events.get(events.size() - 3);
    assertThat(last.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
    assertThat(last.at("/choices/0/delta").isEmpty()).isTrue();
    List<JsonNode> pieces = events.subList(1, events.size() - 3);
    assertThat(pieces).hasSizeGreaterThan(5);
    assertThat(
            pieces.stream()
                .map(piece -> piece.at("/choices/0/delta/content").stringValue())
                .collect(Collectors.joining()))
        .isEqualTo(TinyModels.ANSWER);
    assertThat(pieces)
        .allSatisfy(piece -> {
          assertThat(piece.get("object").stringValue()).isEqualTo("chat.completion.chunk");
          assertThat(piece.at("/choices/0/finish_reason").isNull()).isTrue();
          assertThat(piece.get("id")).isEqualTo(events.getFirst().get("id"));
        });
  }

  @Test
  void streamsNoUsageUnasked() throws Exception {
    List<JsonNode> events = worker.stream(CHAT, ask("Hello!", "\"stream\": true"));

    assertThat(events).noneMatch(event -> event.has("usage"));
  }

  @Test
  void readsContentInPartsAndKeepsTheConversation() throws Exception {
    JsonNode answer =
        worker.answer(
            CHAT,
            """
            {"model": "tiny", "temperature": 0, "messages": [
              {"role": "user", "content": "Hello!"},
              {"role": "assistant", "content": "Hello! Ask me about capitals."},
              {"role": "user", "content": [{"type": "text", "text": "%s"}]}]}
            """
                .formatted(TinyModels.QUESTION));

    assertThat(content(answer)).contains("Copenhagen");
  }

  @Test
  void endsBeforeAStopString() throws Exception {
    JsonNode answer = worker.answer(CHAT, ask(TinyModels.QUESTION, "\"stop\": [\" is\", \"xyz\"]"));

    assertThat(content(answer)).isEqualTo("The capital of Denmark");
    assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
  }

  @Test
  void endsAtTheWantedLength() throws Exception {
    JsonNode answer = worker.answer(CHAT, ask(TinyModels.QUESTION, "\"max_completion_tokens\": 3"));

    assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
    assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(3);
    assertThat(TinyModels.ANSWER).startsWith(content(answer));
  }

  @Test
  void drawsTheSameWithTheSameSeed() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int seed : new int[] {7, 7, 8}) {
      String body =
          """
          {"model": "tiny", "prompt": "Once", "temperature": 1.5, "max_tokens": 40, "seed": %d}\
          """
              .formatted(seed);
      texts.add(worker.answer(TEXT, body).at("/choices/0/text").stringValue());
    }

    assertThat(texts.get(0)).isEqualTo(texts.get(1)).isNotEqualTo(texts.get(2));
  }

  @Test
  void continuesTextsAndTokens() throws Exception {
    JsonNode texts =
        worker.answer(
            TEXT,
            """
            {"model": "tiny", "temperature": 0, "prompt": [
              "<|user|>What is the capital of Denmark?<|end|><|assistant|>",
              "<|user|>What is the capital of France?<|end|><|assistant|>"]}
            """);
    JsonNode tokens =
        worker.answer(
            TEXT,
            """
            {"model": "tiny", "temperature": 0,
             "prompt": [1, 4, 277, 266, 278, 279, 269, 616, 36, 2, 5]}
            """);

    assertThat(texts.get("object").stringValue()).isEqualTo("text_completion");
    assertThat(texts.get("id").stringValue()).startsWith("cmpl-");
    assertThat(texts.at("/choices/0/text").stringValue()).contains("Copenhagen");
    assertThat(texts.at("/choices/1/text").stringValue()).contains("Paris");
    assertThat(texts.at("/choices/1/index").intValue()).isEqualTo(1);
    assertThat(tokens.at("/choices/0/text").stringValue()).isEqualTo(TinyModels.ANSWER);
  }

  @Test
  void streamsSeveralTextsByTheirIndex() throws Exception {
    List<JsonNode> events =
        worker.stream(
            TEXT,
            """
            {"model": "tiny", "temperature": 0, "stream": true, "max_tokens": 20, "prompt": [
              "<|user|>What is the capital of Denmark?<|end|><|assistant|>",
              "<|user|>What is the capital of France?<|end|><|assistant|>"]}
            """);

    for (String[] expected : new String[][] {{"0", "Copenhagen"}, {"1", "Paris"}}) {
      assertThat(
              events.stream()
                  .filter(event -> event.at("/choices/0/index").asString("").equals(expected[0]))
                  .map(event -> event.at("/choices/0/text").stringValue())
                  .collect(Collectors.joining()))
          .contains(expected[1]);
    }
  }

  @Test
  void listsWhatMayBeAskedFor() throws Exception {
    HttpResponse<String> all = worker.get("/v1/models");
    HttpResponse<String> one = worker.get("/v1/models/tiny");

    assertThat(all.body())
        .contains("\"tiny\"", "\"base\"", "\"owned_by\":\"bessemer\"", "1767323045")
        .doesNotContain("wrong");
    assertThat(one.body()).contains("\"id\":\"tiny\"", "\"object\":\"model\"");
    assertThat(worker.get("/v1/models/none").statusCode()).isEqualTo(404);
  }

  @Test
  void refusesModelsThatAreUnknownOrRejectedOrHaveNoTemplate() throws Exception {
    JsonNode unknown = worker.error(404, CHAT, ask("Hi!").replace("tiny", "GPT 9"));
    JsonNode rejected = worker.error(403, CHAT, ask("Hi!").replace("tiny", "wrong"));
    JsonNode base = worker.error(400, CHAT, ask("Hi!").replace("tiny", "base"));

    assertThat(unknown.get("code").stringValue()).isEqualTo("model_not_found");
    assertThat(unknown.get("param").stringValue()).isEqualTo("model");
    assertThat(unknown.get("message").stringValue()).contains("'GPT 9' does not exist");
    assertThat(rejected.get("message").stringValue()).contains("BESSEMER_ALLOW_REJECTED=true");
    assertThat(base.get("message").stringValue()).contains("/v1/completions");
  }

  @Test
  void saysByHowMuchAPromptIsTooLong() throws Exception {
    JsonNode error = worker.error(400, CHAT, ask("Hello!", "\"max_tokens\": 600"));

    assertThat(error.get("code").stringValue()).isEqualTo("context_length_exceeded");
    assertThat(error.get("message").stringValue())
        .contains("maximum context length is 512 tokens", "600 in the completion");
  }

  @Test
  void refusesATokenThatTheModelLacks() throws Exception {
    JsonNode error = worker.error(400, TEXT, "{\"model\": \"tiny\", \"prompt\": [1, 640]}");

    assertThat(error.get("param").stringValue()).isEqualTo("prompt");
    assertThat(error.get("message").stringValue()).contains("640");
  }

  @Test
  void refusesWhatTheGatewayDidNotSign() throws Exception {
    HttpResponse<String> unsigned = worker.send(worker.unsigned("/v1/models").build());
    HttpResponse<String> elsewhere =
        worker.send(
            worker
                .unsigned("/v1/models")
                .header("Authorization", "Bearer " + gateway.signature("conversion-service"))
                .build());

    assertThat(unsigned.statusCode()).isEqualTo(401);
    assertThat(Worker.error(unsigned).get("message").stringValue()).contains("gateway");
    assertThat(elsewhere.statusCode()).isEqualTo(401);
  }

  @Test
  void answersOtherPathsAndTooLongBodiesInTheSameShape() throws Exception {
    HttpResponse<String> nowhere = worker.get("/v1/nothing");
    HttpResponse<String> wrongMethod = worker.get(CHAT);
    String tooLong = ask("x".repeat(9 << 20));

    assertThat(nowhere.statusCode()).isEqualTo(404);
    Worker.error(nowhere);
    assertThat(wrongMethod.statusCode()).isEqualTo(405);
    Worker.error(wrongMethod);
    assertThat(worker.error(413, CHAT, tooLong).get("code").stringValue())
        .isEqualTo("body_too_large");
  }

  @Test
  void readsABodyWhateverItsTypeIsCalled() throws Exception {
    HttpRequest form =
        HttpRequest.newBuilder(worker.signed(CHAT).build().uri())
            .header("Authorization", worker.authorization())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(ask(TinyModels.QUESTION)))
            .build();

    assertThat(worker.send(form).body()).contains("Copenhagen");
  }

  @Test
  void keepsTheRequestsId() throws Exception {
    HttpResponse<String> response =
        worker.send(worker.signed("/v1/models").header("X-Request-Id", "abc-12345678").build());

    assertThat(response.headers().firstValue("X-Request-Id")).hasValue("abc-12345678");
  }
}
