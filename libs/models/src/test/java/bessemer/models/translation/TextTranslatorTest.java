package bessemer.models.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.text.Languages;
import bessemer.models.translation.SearchOptions.EarlyStopping;
import bessemer.models.translation.TextTranslator.Order;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The trained goldens with their tokenizers, against what transformers, or LingoLite in PyTorch,
/// made of the same texts.
class TextTranslatorTest {
  private static final Path GOLDENS = Path.of("src/test/resources/translation");
  private static final Path MODEL = GOLDENS.resolve("nllb-trained");
  private static final Path LINGO_LITE = GOLDENS.resolve("lingolite-trained");
  private static final Path CACHE = Path.of("target", "native-cache");

  private static Order order(Languages languages, JsonNode text, int batch) {
    return order(languages, text, EarlyStopping.HEURISTIC, batch);
  }

  private static Order order(
      Languages languages, JsonNode text, EarlyStopping stopping, int batch) {
    return new Order(
        languages.find(text.get("from").asString()),
        languages.find(text.get("to").asString()),
        new SearchOptions(text.get("beams").asInt(), 32, 1, 0, stopping),
        batch);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nllb-trained", "lingolite-trained"})
  void textsAreTranslatedAsByPyTorch(String name) throws IOException {
    Path model = GOLDENS.resolve(name);
    JsonNode texts = new JsonMapper().readTree(model.resolve("reference.json")).get("texts");
    try (Engine engine = Cpu.engine(1);
        TextTranslator translator = TextTranslator.open(engine, model, CACHE)) {
      for (JsonNode text : texts) {
        EarlyStopping stopping = translator.defaults().earlyStopping();
        Order order = order(translator.languages(), text, stopping, 4);
        List<String> source = List.of(text.get("text").asString());
        assertThat(translator.translate(source, order, _ -> {}))
            .containsExactly(text.get("translation").asString());
      }
      assertThat(texts.size()).isPositive();
    }
  }

  @Test
  void linesKeepTheirOrderAndBlankOnesStayBlank() throws IOException {
    JsonNode text = new JsonMapper().readTree(MODEL.resolve("reference.json")).get("texts").get(0);
    try (Engine engine = Cpu.engine(1);
        TextTranslator translator = TextTranslator.open(engine, MODEL, CACHE)) {
      Order order = order(translator.languages(), text, 2);
      List<String> lines = List.of("q", "", "a b c d e f", " ", "h e l l o", "x w");
      List<Integer> done = new ArrayList<>();
      List<String> together = translator.translate(lines, order, done::add);
      List<String> alone = new ArrayList<>();
      for (String line : lines) {
        alone.addAll(translator.translate(List.of(line), order, _ -> {}));
      }
      assertThat(together).isEqualTo(alone).hasSize(6);
      assertThat(done).containsExactly(4, 6);
    }
  }

  @Test
  void aTextThatIsTooLongIsTranslatedSentenceBySentence() throws IOException {
    JsonNode text = new JsonMapper().readTree(MODEL.resolve("reference.json")).get("texts").get(0);
    try (Engine engine = Cpu.engine(1);
        TextTranslator translator = TextTranslator.open(engine, MODEL, CACHE)) {
      Order order = order(translator.languages(), text, 64);
      String sentence = "A b c d e f. ";
      String first = translator.translate(List.of(sentence.strip()), order, _ -> {}).getFirst();
      String all = translator.translate(List.of(sentence.repeat(150)), order, _ -> {}).getFirst();
      assertThat(all).isEqualTo(String.join(" ", Collections.nCopies(150, first)));
    }
  }

  @Test
  void aSentenceThatIsTooLongIsCutWhereTheModelWasMadeWithSuch() throws IOException {
    try (Engine engine = Cpu.engine(1);
        TextTranslator translator = TextTranslator.open(engine, LINGO_LITE, CACHE)) {
      Languages languages = translator.languages();
      var order =
          new Order(
              languages.find("English"),
              languages.find("German"),
              new SearchOptions(1, 6, 1, 0, EarlyStopping.AT_ONCE),
              1);
      String longest = "two ".repeat(600);
      String longer = longest + "nine ".repeat(200);
      assertThat(translator.translate(List.of(longer), order, _ -> {}))
          .isEqualTo(translator.translate(List.of(longest + "two ".repeat(200)), order, _ -> {}));
    }
  }

  @Test
  void lingoLiteSearchesAsItsOwnProjectDoes() throws IOException {
    try (Engine engine = Cpu.engine(1);
        TextTranslator translator = TextTranslator.open(engine, LINGO_LITE, CACHE)) {
      assertThat(translator.defaults())
          .isEqualTo(new SearchOptions(1, 128, 1, 0, EarlyStopping.AT_ONCE));
    }
  }

  @Test
  void refusesASentenceThatTheModelCannotRead() throws IOException {
    JsonNode text = new JsonMapper().readTree(MODEL.resolve("reference.json")).get("texts").get(0);
    try (Engine engine = Cpu.engine(1);
        TextTranslator translator = TextTranslator.open(engine, MODEL, CACHE)) {
      Order order = order(translator.languages(), text, 2);
      List<String> texts = List.of("a", "b ".repeat(1100));
      assertThatThrownBy(() -> translator.translate(texts, order, _ -> {}))
          .hasMessageContaining("text 2 has a sentence of")
          .hasMessageContaining("the model reads 1024");
    }
  }
}
