package bessemer.inference.translation;

import static bessemer.inference.translation.Letters.TO_FRENCH;
import static bessemer.inference.translation.Letters.TRANSLATE;
import static bessemer.inference.translation.Letters.json;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.ConfigJson;
import bessemer.contracts.ModelView;
import bessemer.inference.serving.Residents;
import bessemer.models.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Translations that are not made, and what is said of it.
@Timeout(180)
class RefusedTest {
  @TempDir static Path home;
  private static Letters letters;

  @BeforeAll
  static void start() throws IOException {
    letters = new Letters(home);
  }

  @AfterAll
  static void stop() {
    letters.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"texts\": [\"a\", 5]                     | texts[1]       | must be a string, not a number",
        "\"text\": [\"a\"]                         | text           | must be a string, not a list",
        "\"texts\": \"a\"                          | texts          | must be a list of strings",
        "\"beams\": 1                              | text           | is missing",
        "\"text\": \"a\", \"texts\": [\"a\"]       | texts          | beside 'text'",
        "\"text\": \"a\", \"beams\": 0             | beams          | must be between 1 and 16",
        "\"text\": \"a\", \"beams\": 17            | beams          | must be between 1 and 16",
        "\"text\": \"a\", \"beams\": 1.5           | beams          | must be an integer",
        "\"text\": \"a\", \"max_tokens\": 2        | max_tokens     | is 2, must be between 3",
        "\"text\": \"a\", \"max_tokens\": 1025     | max_tokens     | the model writes 1024 at most",
        "\"text\": \"a\", \"max_tokens\": 299, \"no_repeat_ngram\": 2 | no_repeat_ngram |"
            + " a vocabulary of 300",
        "\"text\": \"a\", \"length_penalty\": 99   | length_penalty | must be between -10 and 10",
        "\"text\": \"a\", \"temperature\": -1       | temperature    | must be between 0 and 100",
        "\"text\": \"a\", \"temperature\": 1, \"top_p\": 0 | top_p        | must be between 1.0E-6 and 1",
        "\"text\": \"a\", \"top_k\": 5             | top_k          | give a temperature too",
        "\"text\": \"a\", \"top_p\": 0.5           | top_p          | give a temperature too",
        "\"text\": \"a\", \"temperature\": 1, \"beams\": 2 | beams     | with a temperature none are",
        "\"text\": \"a\", \"seed\": 1.5            | seed           | must be an integer",
        "\"text\": \"a\", \"split\": \"words\"     | split          | must be long or all",
        "\"text\": \"a\", \"stream\": \"yes\"      | stream         | must be true or false",
        "\"text\": \"a\", \"langs\": []            | langs          | is not known",
      })
  void namesTheFieldThatIsWrong(String fields, String field, String message) throws Exception {
    JsonNode problem = letters.problem(400, "{%s, %s}".formatted(TO_FRENCH, fields));

    assertThat(problem.get("field").stringValue()).isEqualTo(field);
    assertThat(problem.get("detail").stringValue()).contains(message);
    assertThat(problem.get("request_id").stringValue()).isNotEmpty();
  }

  @Test
  void refusesWhatIsNoJson() throws Exception {
    assertThat(letters.problem(400, "{").get("detail").stringValue()).contains("not JSON");
    assertThat(letters.problem(400, "[]").get("detail").stringValue()).contains("an object");
    assertThat(letters.problem(400, "{}").get("field").stringValue()).isEqualTo("model");
  }

  @Test
  void suggestsALanguageWhereThereIsATypo() throws Exception {
    JsonNode from =
        letters.problem(400, "{%s, \"text\": \"a\"}".formatted(TO_FRENCH.replace("sh\"", "hs\"")));
    JsonNode to =
        letters.problem(400, "{%s, \"text\": \"a\"}".formatted(TO_FRENCH.replace("fr", "swa")));

    assertThat(from.get("field").stringValue()).isEqualTo("source_lang");
    assertThat(from.get("detail").stringValue())
        .contains("does not know the language \"Englihs\"; did you mean eng_Latn English");
    assertThat(to.get("field").stringValue()).isEqualTo("target_lang");
  }

  @Test
  void refusesMoreThanARequestMayHave() throws Exception {
    List<String> many = new ArrayList<>();
    for (int i = 0; i <= 1024; i++) {
      many.add("a");
    }
    JsonNode texts = letters.problem(400, "{%s, \"texts\": %s}".formatted(TO_FRENCH, json(many)));
    JsonNode characters =
        letters.problem(400, "{%s, \"text\": \"%s\"}".formatted(TO_FRENCH, "a".repeat(200_001)));
    JsonNode sentences =
        letters.problem(
            400,
            "{%s, \"split\": \"all\", \"text\": \"%s\"}"
                .formatted(TO_FRENCH, "A b. ".repeat(1025)));
    JsonNode sentence =
        letters.problem(
            400, "{%s, \"texts\": [\"a\", \"%s\"]}".formatted(TO_FRENCH, "b ".repeat(1100)));

    assertThat(texts.get("detail").stringValue()).contains("1025 texts, at most 1024");
    assertThat(characters.get("detail").stringValue()).contains("200001 characters");
    assertThat(sentences.get("detail").stringValue()).contains("more than 1024 sentences");
    assertThat(sentence.get("field").stringValue()).isEqualTo("texts[1]");
    assertThat(sentence.get("detail").stringValue()).contains("the model reads 1024");
  }

  @Test
  void aModelThatDoesNotTranslateSaysWhatItDoesAndTheOtherWayRound() throws Exception {
    JsonNode tiny =
        letters.problem(
            400, "{%s, \"text\": \"a\"}".formatted(TO_FRENCH.replace("letters", "tiny")));
    JsonNode text =
        letters.worker.error(400, "/v1/completions", "{\"model\": \"letters\", \"prompt\": \"a\"}");

    assertThat(tiny.get("field").stringValue()).isEqualTo("model");
    assertThat(tiny.get("detail").stringValue()).contains("'tiny' does not translate");
    assertThat(text.get("code").stringValue()).isEqualTo("wrong_kind_of_model");
    assertThat(text.get("message").stringValue()).contains("POST /api/v1/translate");
    assertThat(letters.worker.bean(Residents.class).loaded())
        .noneMatch(model -> model.name().equals("tiny"));
  }

  @Test
  void theCatalogueKnowsTranslatorsByTheirArchitecture(@TempDir Path folder) throws Exception {
    for (String type : Models.types()) {
      Path config = folder.resolve(type + ".json");
      Files.writeString(config, json(Map.of("model_type", type)));
      var view =
          new ModelView(
              "m",
              UUID.randomUUID(),
              "mlx",
              type,
              "bf16",
              "proved",
              1,
              Instant.EPOCH,
              null,
              Map.of(),
              List.of(),
              List.of());
      assertThat(view.translates()).as(type).isEqualTo(Models.translates(ConfigJson.read(config)));
    }
  }

  @Test
  void unknownAndRejectedModelsAreNotServed() throws Exception {
    String ask = "{%s, \"text\": \"a\"}".formatted(TO_FRENCH);
    JsonNode unknown = letters.problem(404, ask.replace("letters", "nobody"));
    JsonNode rejected = letters.problem(403, ask.replace("letters", "wrong"));

    assertThat(unknown.get("field").stringValue()).isEqualTo("model");
    assertThat(rejected.get("detail").stringValue()).contains("was rejected");
    assertThat(letters.worker.get(TRANSLATE).statusCode()).isEqualTo(405);
  }
}
