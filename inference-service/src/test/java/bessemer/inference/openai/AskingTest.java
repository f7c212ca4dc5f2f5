package bessemer.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import bessemer.inference.openai.Asked.Input;
import bessemer.inference.web.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AskingTest {
  private final Asking asking = new Asking(() -> 42);

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private Asked chat(String fields) {
    return asking.chat(
        bytes(
            """
            {"model": "m", "messages": [{"role": "user", "content": "Hi"}], %s}\
            """
                .formatted(fields)));
  }

  private Asked text(String fields) {
    return asking.text(bytes("{\"model\": \"m\", %s}".formatted(fields)));
  }

  @Test
  void fillsInOpenaisDefaults() {
    Asked chat = chat("\"user\": \"me\"");
    Asked text = text("\"prompt\": \"Hi\"");

    assertThat(chat.sampling().temperature()).isEqualTo(1);
    assertThat(chat.sampling().seed()).isEqualTo(42);
    assertThat(chat.maxTokens()).isZero();
    assertThat(chat.stream()).isFalse();
    assertThat(text.maxTokens()).isEqualTo(16);
    assertThat(text.input()).isEqualTo(new Input.Texts(List.of("Hi")));
  }

  @Test
  void readsEveryChoice() {
    Asked asked =
        chat(
            """
            "max_tokens": 5, "max_completion_tokens": 6, "temperature": 0.5, "top_p": 0.9,
            "top_k": 40, "min_p": 0.1, "repetition_penalty": 1.1, "seed": -3, "stop": "end",
            "ignore_eos": true, "stream": true, "stream_options": {"include_usage": true},
            "chat_template_kwargs": {"enable_thinking": false},
            "n": 1, "logprobs": false, "tools": [], "tool_choice": "none", "frequency_penalty": 0,
            "logit_bias": {}, "response_format": {"type": "text"}, "modalities": ["text"],
            "top_logprobs": null\
            """);

    assertThat(asked.maxTokens()).isEqualTo(6);
    assertThat(asked.sampling())
        .isEqualTo(new bessemer.models.generation.Sampling(1.1f, 0.5f, 40, 0.9f, 0.1f, -3));
    assertThat(asked.stops()).containsExactly("end");
    assertThat(asked.stream() && asked.includeUsage() && asked.ignoreEnd()).isTrue();
    assertThat(((Input.Chat) asked.input()).variables()).containsOnlyKeys("enable_thinking");
  }

  @Test
  void joinsTextPartsAndCallsDevelopersSystem() {
    Asked asked =
        asking.chat(
            bytes(
                """
                {"model": "m", "messages": [{"role": "developer", "content": [
                  {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}\
                """));

    assertThat(((Input.Chat) asked.input()).messages())
        .isEqualTo(List.of(Map.of("role", "system", "content", "a\nb")));
  }

  @Test
  void readsPromptsOfEveryKind() {
    assertThat(text("\"prompt\": [\"a\", \"b\"]").input())
        .isEqualTo(new Input.Texts(List.of("a", "b")));
    assertThat(text("\"prompt\": [1, 2]").input())
        .isEqualTo(new Input.Tokens(List.of(List.of(1, 2))));
    assertThat(text("\"prompt\": [[1], [2, 3]]").input())
        .isEqualTo(new Input.Tokens(List.of(List.of(1), List.of(2, 3))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "temperature       | \"temperature\": \"hot\"            | must be a number, not a string",
        "temperature       | \"temperature\": 2.5                | is 2.5, must be between 0 and 2",
        "top_p             | \"top_p\": 0                        | must be above",
        "top_k             | \"top_k\": 1.5                      | must be an integer",
        "top_k             | \"top_k\": -1                       | must be between 0",
        "min_p             | \"min_p\": 2                        | between 0 and 1",
        "max_tokens        | \"max_tokens\": 0                   | must be between 1",
        "max_tokens        | \"max_tokens\": 99999999999999999999 | must be between 1",
        "seed              | \"seed\": \"x\"                     | must be an integer",
        "stream            | \"stream\": 1                       | must be true or false",
        "stream_options    | \"stream_options\": {}              | only for 'stream': true",
        "stop              | \"stop\": 5                         | a string or a list of strings",
        "stop              | \"stop\": [\"a\",\"b\",\"c\",\"d\",\"e\"] | at most 4",
        "stop[1]           | \"stop\": [\"a\", 1]                | must be a string",
        "stop              | \"stop\": \"\"                      | empty",
        "n                 | \"n\": 2                            | must be 1",
        "logprobs          | \"logprobs\": true                  | not supported",
        "top_logprobs      | \"top_logprobs\": 3                 | not supported",
        "logit_bias        | \"logit_bias\": {\"5\": 1}          | not supported",
        "presence_penalty  | \"presence_penalty\": 0.5           | not supported",
        "tools             | \"tools\": [{}]                     | not supported",
        "response_format   | \"response_format\": {\"type\": \"json_object\"} | must be",
        "temprature        | \"temprature\": 1                   | not known",
      })
  void refusesAValueUnderItsName(String param, String field, String words) {
    Refusal refusal = catchThrowableOfType(Refusal.class, () -> chat(field));

    assertThat(refusal.param()).isEqualTo(param);
    assertThat(refusal).hasMessageContaining("'" + param + "'").hasMessageContaining(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "messages                     | {\"model\": \"m\"}                            | missing",
        "messages                     | {\"messages\": []}                            | empty",
        "messages                     | {\"messages\": \"Hi\"}                        | a list",
        "messages[0]                  | {\"messages\": [\"Hi\"]}                      | an object",
        "messages[0].role             | {\"messages\": [{\"content\": \"Hi\"}]}       | missing",
        "messages[0].role             | {\"messages\": [{\"role\": \"tool\", \"content\": \"\"}]} | must be system",
        "messages[0].content          | {\"messages\": [{\"role\": \"user\"}]}        | missing",
        "messages[0].content          | {\"messages\": [{\"role\": \"user\", \"content\": 5}]} | text parts",
        "messages[0].content[0].type  | {\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]} | only text",
        "model                        | {\"messages\": [{\"role\": \"user\", \"content\": \"\"}]} | missing",
      })
  void refusesAConversationWithThePlaceOfTheMistake(String param, String body, String words) {
    Refusal refusal = catchThrowableOfType(Refusal.class, () -> asking.chat(bytes(body)));

    assertThat(refusal.param()).isEqualTo(param);
    assertThat(refusal).hasMessageContaining(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "prompt       | \"prompt\": 5                    | a list of tokens",
        "prompt       | \"prompt\": []                   | empty",
        "prompt[1]    | \"prompt\": [\"a\", 1]           | a string",
        "prompt[1]    | \"prompt\": [1, \"a\"]           | an integer",
        "prompt[0]    | \"prompt\": [-1]                 | between 0",
        "prompt[1][0] | \"prompt\": [[1], [1.5]]         | an integer",
        "logprobs     | \"prompt\": \"a\", \"logprobs\": 0 | not supported",
        "echo         | \"prompt\": \"a\", \"echo\": true | not supported",
        "best_of      | \"prompt\": \"a\", \"best_of\": 3 | must be 1",
        "messages     | \"prompt\": \"a\", \"messages\": [] | not known",
      })
  void refusesAPromptWithThePlaceOfTheMistake(String param, String fields, String words) {
    Refusal refusal = catchThrowableOfType(Refusal.class, () -> text(fields));

    assertThat(refusal.param()).isEqualTo(param);
    assertThat(refusal).hasMessageContaining(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"``", "{", "[]", "{\"a\":1,\"a\":2}", "{} x"})
  void refusesWhatIsNoObject(String body) {
    Refusal refusal = catchThrowableOfType(Refusal.class, () -> asking.chat(bytes(body)));

    assertThat(refusal).hasMessageContaining("the body");
    assertThat(refusal.param()).isNull();
  }
}
