package bessemer.checkpoint.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TokenizerTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2", "mistral", "unigram"})
  void agreesWithTransformersOnEveryText(String name) {
    JsonNode golden = Fixtures.json("tokenizers.json").get(name);
    try (Tokenizer tokenizer = Fixtures.tokenizer(name)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(golden.get("size").asInt());
      for (JsonNode entry : golden.get("cases")) {
        String text = entry.get("text").asString();
        int[] ids = Fixtures.ids(entry.get("with_special"));
        assertThat(tokenizer.encode(text, false))
            .as(text)
            .isEqualTo(Fixtures.ids(entry.get("ids")));
        assertThat(tokenizer.encode(text, true)).as(text).isEqualTo(ids);
        assertThat(tokenizer.decode(ids, false)).isEqualTo(entry.get("decoded").asString());
        assertThat(tokenizer.decode(ids, true)).isEqualTo(entry.get("skipped").asString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2", "mistral", "unigram"})
  void decodesArbitraryIdsAsTransformersDoes(String name) {
    try (Tokenizer tokenizer = Fixtures.tokenizer(name)) {
      for (JsonNode entry : Fixtures.json("tokenizers.json").get(name).get("random")) {
        int[] ids = Fixtures.ids(entry.get("ids"));
        assertThat(tokenizer.decode(ids, false)).isEqualTo(entry.get("decoded").asString());
        assertThat(tokenizer.decode(ids, true)).isEqualTo(entry.get("skipped").asString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2", "mistral", "unigram"})
  void readsTheNamedTokensInBothSpellings(String name) {
    try (Tokenizer tokenizer = Fixtures.tokenizer(name)) {
      JsonNode named = Fixtures.json("tokenizers.json").get(name).get("named");
      assertThat(tokenizer.namedTokens()).hasSize(named.size());
      named
          .properties()
          .forEach(e ->
              assertThat(tokenizer.namedTokens())
                  .containsEntry(e.getKey(), e.getValue().asString()));
      tokenizer
          .namedTokens()
          .values()
          .forEach(token ->
              assertThat(tokenizer.token(tokenizer.id(token).orElseThrow())).isEqualTo(token));
    }
  }

  @Test
  void knowsTheIdsThatEndAText() {
    try (Tokenizer list = Fixtures.tokenizer("llama3");
        Tokenizer single = Fixtures.tokenizer("llama2");
        Tokenizer none = Fixtures.tokenizer("unigram")) {
      assertThat(list.endTokens())
          .containsExactly(list.id("</s>").orElseThrow(), list.id("<|end|>").orElseThrow());
      assertThat(single.endTokens()).containsExactly(2);
      assertThat(none.endTokens()).containsExactly(none.endToken().orElseThrow());
      assertThat(list.beginToken()).isEqualTo(list.id("<s>"));
      assertThat(list.padToken()).isEmpty();
      assertThat(single.unknownToken()).hasValue(0);
      assertThat(list.specialTokens()).hasSize(3).doesNotContain(list.id("<|tool|>").orElseThrow());
    }
  }

  @Test
  void doesNotCutLongTexts() throws IOException {
    copy("llama3");
    Path file = folder.resolve("tokenizer.json");
    String json = Files.readString(file);
    assertThat(json).contains("\"truncation\":null");
    Files.writeString(
        file,
        json.replace(
            "\"truncation\":null",
            "\"truncation\":{\"direction\":\"Right\",\"max_length\":4,\"strategy\":\"LongestFirst\",\"stride\":0}"));
    try (Tokenizer tokenizer = Tokenizer.load(folder, Fixtures.CACHE);
        Tokenizer original = Fixtures.tokenizer("llama3")) {
      String text = "a b c ".repeat(2000);
      assertThat(tokenizer.encode(text, true))
          .isEqualTo(original.encode(text, true))
          .hasSizeGreaterThan(4000);
    }
  }

  @Test
  void treatsHalfASurrogatePairAsTheReplacementCharacter() {
    try (Tokenizer tokenizer = Fixtures.tokenizer("qwen")) {
      int[] ids = tokenizer.encode("a\ud83db\ude00", false);
      assertThat(tokenizer.decode(ids, false)).isEqualTo("a\ufffdb\ufffd");
    }
  }

  @Test
  void refusesACallAfterClose() {
    Tokenizer tokenizer = Fixtures.tokenizer("qwen");
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("a", false))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> tokenizer.decode(new int[] {1}, false))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void unpacksTheNativeLibraryInTheGivenFolderOnly() throws IOException {
    Fixtures.tokenizer("qwen").close();
    try (Stream<Path> files = Files.walk(Fixtures.CACHE)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(1); // and no half-written one
    }
  }

  @Test
  void saysWhatToDoWithoutATokenizerFile() throws IOException {
    assertThatThrownBy(() -> Tokenizer.load(folder, Fixtures.CACHE))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining("Copy it from the source");
    Files.write(folder.resolve("tokenizer.model"), new byte[] {1});
    assertThatThrownBy(() -> Tokenizer.load(folder, Fixtures.CACHE))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("tokenizer.model alone is not read")
        .hasMessageContaining("save_pretrained");
  }

  @Test
  void refusesFilesThatAreNotATokenizer() throws IOException {
    Map<String, String> broken =
        Map.of(
            "{", "not readable as JSON",
            "[]", "expected a JSON object",
            "{}", "no vocabulary",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-3}}}", "token \"a\" has id -3",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":99999999}}}", "expected 0 to",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":3}}", "expected an object or an array",
            "{\"model\":{\"type\":\"Odd\",\"vocab\":{\"a\":0}}}", "library refuses it");
    for (Map.Entry<String, String> entry : broken.entrySet()) {
      Files.writeString(folder.resolve("tokenizer.json"), entry.getKey());
      assertThatThrownBy(() -> Tokenizer.load(folder, Fixtures.CACHE))
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining("tokenizer.json")
          .hasMessageContaining(entry.getValue());
    }
  }

  @Test
  void refusesABrokenConfiguration() throws IOException {
    copy("llama3");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\":");
    assertThatThrownBy(() -> Tokenizer.load(folder, Fixtures.CACHE))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("tokenizer_config.json");
  }

  private void copy(String name) throws IOException {
    try (Stream<Path> files = Files.list(Fixtures.directory(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }
}
