package bessemer.checkpoint.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import bessemer.checkpoint.text.template.TemplateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ChatTemplateTest {
  private static final JsonNode GOLDEN = Fixtures.json("chat_templates.json");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-05T07:08:09Z"), ZoneOffset.UTC);
  private static final Map<String, String> NAMED =
      Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>");

  /// Errors whose words Jinja takes from the template or from its own fixed texts.
  private static final Set<String> SAME_WORDS = Set.of("TemplateError", "UndefinedError");

  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> rendersConversationsAsTransformersDoes() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode entry : GOLDEN.get("cases")) {
      String name =
          "%s, %s, tools %s, prompt %s, %s"
              .formatted(
                  entry.get("template").asString(),
                  entry.get("conversation").asString(),
                  entry.get("tools"),
                  entry.get("prompt"),
                  entry.get("variables"));
      String source = GOLDEN.get("templates").get(entry.get("template").asString()).asString();
      List<Map<String, JsonNode>> messages =
          maps(GOLDEN.get("conversations").get(entry.get("conversation").asString()));
      tests.add(DynamicTest.dynamicTest(name, () -> check(source, messages, entry)));
    }
    return tests;
  }

  @TestFactory
  List<DynamicTest> rendersSingleFeaturesAsTransformersDoes() {
    List<DynamicTest> tests = new ArrayList<>();
    List<Map<String, String>> messages = List.of(Map.of("role", "user", "content", "hi"));
    for (JsonNode entry : GOLDEN.get("micro")) {
      String source = entry.get("source").asString();
      tests.add(DynamicTest.dynamicTest("<" + source + ">", () -> check(source, messages, entry)));
    }
    return tests;
  }

  private static void check(
      String source, List<? extends Map<String, ?>> messages, JsonNode entry) {
    boolean tools = entry.path("tools").asBoolean(false);
    var template = new ChatTemplate(Map.of("default", source), NAMED);
    Map<String, JsonNode> variables =
        entry.has("variables") ? map(entry.get("variables")) : map(GOLDEN.get("variables"));
    List<Map<String, JsonNode>> schemas = tools ? maps(GOLDEN.get("tools")) : null;
    boolean prompt = entry.path("prompt").asBoolean(false);
    if (entry.has("output")) {
      assertThat(template.render(messages, schemas, prompt, variables, CLOCK))
          .isEqualTo(entry.get("output").asString());
      return;
    }
    Throwable thrown =
        catchThrowable(() -> template.render(messages, schemas, prompt, variables, CLOCK));
    assertThat(thrown).as(entry.get("reason").asString()).isInstanceOf(TemplateException.class);
    if (SAME_WORDS.contains(entry.get("error").asString())) {
      assertThat(((TemplateException) thrown).reason())
          .startsWith(entry.get("reason").asString().split("\\. ")[0]);
    }
  }

  @Test
  void namesTheLineOfAnError() {
    var template =
        new ChatTemplate(
            Map.of("default", "a\n{% if true %}\n{{ raise_exception('x') }}{% endif %}"), NAMED);
    assertThatThrownBy(() -> template.render(List.of(Map.of("role", "user")), false))
        .isInstanceOf(TemplateException.class)
        .hasMessage("Chat template, line 3: x");
  }

  @Test
  void takesTheToolTemplateWhenThereAreTools() {
    var template = new ChatTemplate(Map.of("default", "plain", "tool_use", "tools"), NAMED);
    List<Map<String, String>> messages = List.of(Map.of("role", "user"));
    assertThat(template.render(messages, false)).isEqualTo("plain");
    assertThat(template.render(messages, List.of(), false, Map.of(), CLOCK)).isEqualTo("tools");
    var other = new ChatTemplate(Map.of("rag", "x"), NAMED);
    assertThatThrownBy(() -> other.render(messages, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rag");
  }

  @Test
  void comesWithTheTokenizerFromEachOfItsPlaces() throws IOException {
    Path source = Fixtures.directory("qwen");
    Files.copy(source.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    assertThat(rendered("{\"eos_token\":\"<|end|>\"}")).isNull();
    assertThat(rendered("{\"eos_token\":\"<|end|>\",\"chat_template\":\"one {{ eos_token }}\"}"))
        .isEqualTo("one <|end|>");
    assertThat(
            rendered(
                "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"t\"},"
                    + "{\"name\":\"default\",\"template\":\"two\"}]}"))
        .isEqualTo("two");
    Files.writeString(folder.resolve("chat_template.jinja"), "three\n");
    assertThat(rendered("{\"chat_template\":\"one\"}")).isEqualTo("three");
  }

  private String rendered(String configuration) throws IOException {
    Files.writeString(folder.resolve("tokenizer_config.json"), configuration);
    try (Tokenizer tokenizer = Tokenizer.load(folder, Fixtures.CACHE)) {
      ChatTemplate template = tokenizer.chatTemplate();
      return template == null ? null : template.render(List.of(Map.of("role", "user")), false);
    }
  }

  private static List<Map<String, JsonNode>> maps(JsonNode array) {
    return array.valueStream().map(ChatTemplateTest::map).toList();
  }

  /// JSON null as Java null, as a caller would pass it.
  private static Map<String, JsonNode> map(JsonNode object) {
    Map<String, JsonNode> map = new LinkedHashMap<>();
    object
        .properties()
        .forEach(e -> map.put(e.getKey(), e.getValue().isNull() ? null : e.getValue()));
    return map;
  }
}
