package bessemer.inference.translation;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.ConfigJson;
import bessemer.contracts.ModelView;
import bessemer.inference.FakeGateway;
import bessemer.inference.TinyModels;
import bessemer.inference.Worker;
import bessemer.inference.serving.Residents;
import bessemer.models.Models;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.TextTranslator;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A tiny translator of letters behind real HTTP; what it should say was recorded with
/// transformers.
@Timeout(180)
class TranslateTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String TRANSLATE = "/api/v1/translate";
  private static final String TO_FRENCH =
      "\"model\": \"letters\", \"source_lang\": \"English\", \"target_lang\": \"fr\"";

  @TempDir static Path home;
  private static FakeGateway gateway;
  private static Worker worker;

  @BeforeAll
  static void start() throws IOException {
    gateway = new FakeGateway(home);
    TinyModels.translator(gateway.directory("letters-1"));
    gateway.publish("letters", "letters-1", "proved");
    gateway.publish("wrong", "letters-1", "rejected");
    TinyModels.convert(gateway.directory("tiny-1"));
    gateway.publish("tiny", "tiny-1", "proved");
    worker = new Worker(gateway, "bessemer.inference.max-batch", "4");
  }

  @AfterAll
  static void stop() {
    worker.close();
    gateway.close();
  }

  private static String json(Object value) {
    return JSON.writeValueAsString(value);
  }

  private static JsonNode problem(int status, String path, String body) throws Exception {
    HttpResponse<String> response = worker.post(path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    return JSON.readTree(response.body());
  }

  private record Event(String type, JsonNode data) {}

  private static List<Event> stream(String body) throws Exception {
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

  /// What the command line makes of the same texts in its own process.
  private static List<String> local(List<String> texts, int beams) throws IOException {
    try (Engine engine = Cpu.engine(2);
        TextTranslator translator =
            TextTranslator.open(engine, gateway.directory("letters-1"), home.resolve("cache"))) {
      var languages = translator.languages();
      var order =
          new TextTranslator.Order(
              languages.find("en"), languages.find("fr"), SearchOptions.of(beams, 40), 16);
      return translator.translate(texts, order, _ -> {});
    }
  }

  private static List<String> texts(JsonNode answer) {
    return answer.get("translations").values().stream()
        .map(text -> text.get("translation").stringValue())
        .toList();
  }

  @Test
  void saysWhatTransformersSays() throws Exception {
    JsonNode recorded =
        JSON.readTree(Files.readString(TinyModels.TRANSLATOR.resolve("reference.json")));
    assertThat(recorded.get("texts").size()).isPositive();
    for (JsonNode text : recorded.get("texts")) {
      JsonNode answer =
          worker.answer(
              TRANSLATE,
              json(
                  Map.of(
                      "model", "letters",
                      "text", text.get("text"),
                      "source_lang", text.get("from"),
                      "target_lang", text.get("to"),
                      "beams", text.get("beams"),
                      "max_tokens", 32)));
      JsonNode one = answer.get("translations").get(0);
      assertThat(one.get("translation")).isEqualTo(text.get("translation"));
      assertThat(one.get("source_tokens").intValue()).isEqualTo(text.get("ids").size());
      assertThat(one.get("finish").stringValue()).isEqualTo("stop");
      assertThat(answer.get("source_lang")).isEqualTo(text.get("from"));
      assertThat(answer.get("target_lang")).isEqualTo(text.get("to"));
    }
  }

  @Test
  void namesOfLanguagesAreAnsweredAsCodesWithTokensAndTimes() throws Exception {
    JsonNode answer = worker.answer(TRANSLATE, "{%s, \"text\": \"a b c\"}".formatted(TO_FRENCH));

    assertThat(answer.propertyNames())
        .containsExactly(
            "model", "source_lang", "target_lang", "translations", "queue_seconds", "seconds");
    assertThat(answer.get("model").stringValue()).isEqualTo("letters");
    assertThat(answer.get("source_lang").stringValue()).isEqualTo("eng_Latn");
    assertThat(answer.get("target_lang").stringValue()).isEqualTo("fra_Latn");
    JsonNode text = answer.get("translations").get(0);
    assertThat(text.get("translation").stringValue()).isEqualTo("l s b b");
    assertThat(text.get("sentences").intValue()).isEqualTo(1);
    assertThat(text.get("source_tokens").intValue()).isEqualTo(5);
    assertThat(text.get("target_tokens").intValue()).isEqualTo(6); // language, four letters, end
    assertThat(text.get("seconds").doubleValue()).isPositive();
    assertThat(answer.get("seconds").doubleValue())
        .isGreaterThanOrEqualTo(text.get("seconds").doubleValue())
        .isGreaterThanOrEqualTo(answer.get("queue_seconds").doubleValue());
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void manyTextsAreTranslatedInTheirOrderAsLocally(int beams) throws Exception {
    List<String> texts = new ArrayList<>(List.of("q", "", "a b c d e f", " ", "h e l l o", "x w"));
    for (int i = 0; i < 20; i++) {
      texts.add("a b c d e f g h i j k l m n o p q r s t u v w x y z".substring(0, 1 + 2 * i));
    }
    JsonNode answer =
        worker.answer(
            TRANSLATE,
            json(
                Map.of(
                    "model",
                    "letters",
                    "texts",
                    texts,
                    "source_lang",
                    "en",
                    "target_lang",
                    "French",
                    "beams",
                    beams,
                    "max_tokens",
                    40)));

    assertThat(texts(answer)).isEqualTo(local(texts, beams));
    assertThat(answer.at("/translations/1/sentences").intValue()).isZero();
    assertThat(answer.at("/translations/1/target_tokens").intValue()).isZero();
  }

  @Test
  void nothingButBlankTextsNeedsNoModelTime() throws Exception {
    String ask = "{%s, \"texts\": [\"\", \" \"]}".formatted(TO_FRENCH);
    assertThat(texts(worker.answer(TRANSLATE, ask))).containsExactly("", "");
    assertThat(texts(worker.answer(TRANSLATE, ask.replace("[\"\", \" \"]", "[]")))).isEmpty();
    assertThat(stream(ask.replace("}", ", \"stream\": true}")))
        .extracting(Event::type)
        .containsExactly("done");
  }

  @Test
  void aStreamSendsEverySentenceAndThenTheWhole() throws Exception {
    String text = "A b c. H e l l o! Q? X w v u.";
    List<Event> events =
        stream("{%s, \"stream\": true, \"texts\": [\"q\", \"%s\"]}".formatted(TO_FRENCH, text));

    assertThat(events).hasSize(6);
    assertThat(events.getLast().type()).isEqualTo("done");
    List<Event> sentences = events.subList(0, 5);
    assertThat(sentences).extracting(Event::type).containsOnly("sentence");
    List<String> pieces = new ArrayList<>(List.of("", "", "", ""));
    for (Event event : sentences) {
      if (event.data().get("text").intValue() == 1) {
        assertThat(event.data().get("sentences").intValue()).isEqualTo(4);
        pieces.set(
            event.data().get("sentence").intValue(), event.data().get("translation").stringValue());
      } else {
        assertThat(event.data().get("sentences").intValue()).isEqualTo(1);
      }
    }
    assertThat(pieces).isEqualTo(local(List.of("A b c.", "H e l l o!", "Q?", "X w v u."), 1));
    JsonNode whole = events.getLast().data();
    assertThat(texts(whole)).containsExactly(local(List.of("q"), 1).getFirst(), joined(pieces));
    assertThat(whole.at("/translations/1/sentences").intValue()).isEqualTo(4);
  }

  private static String joined(List<String> pieces) {
    return String.join(" ", pieces);
  }

  @Test
  void splittingIsAChoice() throws Exception {
    String ask = "{%s, \"text\": \"A b c. H e l l o!\"%s}";
    JsonNode whole = worker.answer(TRANSLATE, ask.formatted(TO_FRENCH, ""));
    JsonNode split = worker.answer(TRANSLATE, ask.formatted(TO_FRENCH, ", \"split\": \"all\""));
    List<Event> stream =
        stream(ask.formatted(TO_FRENCH, ", \"split\": \"long\", \"stream\": true"));

    assertThat(whole.at("/translations/0/sentences").intValue()).isEqualTo(1);
    assertThat(split.at("/translations/0/sentences").intValue()).isEqualTo(2);
    assertThat(stream).hasSize(2);
    assertThat(texts(whole)).isEqualTo(texts(stream.getLast().data()));
    assertThat(texts(whole)).isEqualTo(local(List.of("A b c. H e l l o!"), 1));
  }

  @Test
  void aTranslationThatIsTooLongIsCutAndSaysSo() throws Exception {
    JsonNode answer =
        worker.answer(
            TRANSLATE, "{%s, \"text\": \"h e l l o\", \"max_tokens\": 4}".formatted(TO_FRENCH));

    assertThat(answer.at("/translations/0/finish").stringValue()).isEqualTo("length");
    assertThat(answer.at("/translations/0/target_tokens").intValue()).isEqualTo(3);
  }

  @Test
  void twoClientsAtOnceGetWhatIsTheirs() throws Exception {
    List<String> some = List.of("a b c", "q", "x w v u", "h e l l o");
    List<String> others = List.of("l s b b", "m p", "a", "b c d", "e f g h i");
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<JsonNode>> first = new ArrayList<>();
      List<Future<JsonNode>> second = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        first.add(clients.submit(() -> as("first", some)));
        second.add(clients.submit(() -> as("second", others)));
      }
      List<String> expectedFirst = local(some, 1);
      List<String> expectedSecond = local(others, 1);
      for (Future<JsonNode> answer : first) {
        assertThat(texts(answer.get())).isEqualTo(expectedFirst);
      }
      for (Future<JsonNode> answer : second) {
        assertThat(texts(answer.get())).isEqualTo(expectedSecond);
      }
    }
  }

  private static JsonNode as(String key, List<String> texts) throws Exception {
    var request =
        worker
            .unsigned(TRANSLATE)
            .header("Authorization", "Bearer " + gateway.signature("inference-service", key))
            .POST(BodyPublishers.ofString("{%s, \"texts\": %s}".formatted(TO_FRENCH, json(texts))));
    HttpResponse<String> response = worker.send(request.build());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
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
        "\"text\": \"a\", \"split\": \"words\"     | split          | must be long or all",
        "\"text\": \"a\", \"stream\": \"yes\"      | stream         | must be true or false",
        "\"text\": \"a\", \"langs\": []            | langs          | is not known",
      })
  void namesTheFieldThatIsWrong(String fields, String field, String message) throws Exception {
    JsonNode problem = problem(400, TRANSLATE, "{%s, %s}".formatted(TO_FRENCH, fields));

    assertThat(problem.get("field").stringValue()).isEqualTo(field);
    assertThat(problem.get("detail").stringValue()).contains(message);
    assertThat(problem.get("request_id").stringValue()).isNotEmpty();
  }

  @Test
  void refusesWhatIsNoJson() throws Exception {
    assertThat(problem(400, TRANSLATE, "{").get("detail").stringValue()).contains("not JSON");
    assertThat(problem(400, TRANSLATE, "[]").get("detail").stringValue()).contains("an object");
    assertThat(problem(400, TRANSLATE, "{}").get("field").stringValue()).isEqualTo("model");
  }

  @Test
  void suggestsALanguageWhereThereIsATypo() throws Exception {
    JsonNode from =
        problem(
            400, TRANSLATE, "{%s, \"text\": \"a\"}".formatted(TO_FRENCH.replace("sh\"", "hs\"")));
    JsonNode to =
        problem(400, TRANSLATE, "{%s, \"text\": \"a\"}".formatted(TO_FRENCH.replace("fr", "swa")));

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
    JsonNode texts =
        problem(400, TRANSLATE, "{%s, \"texts\": %s}".formatted(TO_FRENCH, json(many)));
    JsonNode characters =
        problem(400, TRANSLATE, "{%s, \"text\": \"%s\"}".formatted(TO_FRENCH, "a".repeat(200_001)));
    JsonNode sentences =
        problem(
            400,
            TRANSLATE,
            "{%s, \"split\": \"all\", \"text\": \"%s\"}"
                .formatted(TO_FRENCH, "A b. ".repeat(1025)));
    JsonNode sentence =
        problem(
            400,
            TRANSLATE,
            "{%s, \"texts\": [\"a\", \"%s\"]}".formatted(TO_FRENCH, "b ".repeat(1100)));

    assertThat(texts.get("detail").stringValue()).contains("1025 texts, at most 1024");
    assertThat(characters.get("detail").stringValue()).contains("200001 characters");
    assertThat(sentences.get("detail").stringValue()).contains("more than 1024 sentences");
    assertThat(sentence.get("field").stringValue()).isEqualTo("texts[1]");
    assertThat(sentence.get("detail").stringValue()).contains("the model reads 1024");
  }

  @Test
  void aModelThatDoesNotTranslateSaysWhatItDoesAndTheOtherWayRound() throws Exception {
    JsonNode tiny =
        problem(
            400,
            TRANSLATE,
            "{%s, \"text\": \"a\"}".formatted(TO_FRENCH.replace("letters", "tiny")));
    JsonNode letters =
        worker.error(400, "/v1/completions", "{\"model\": \"letters\", \"prompt\": \"a\"}");

    assertThat(tiny.get("field").stringValue()).isEqualTo("model");
    assertThat(tiny.get("detail").stringValue()).contains("'tiny' does not translate");
    assertThat(letters.get("code").stringValue()).isEqualTo("wrong_kind_of_model");
    assertThat(letters.get("message").stringValue()).contains("POST /api/v1/translate");
    assertThat(worker.bean(Residents.class).loaded())
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
    JsonNode unknown = problem(404, TRANSLATE, ask.replace("letters", "nobody"));
    JsonNode rejected = problem(403, TRANSLATE, ask.replace("letters", "wrong"));

    assertThat(unknown.get("field").stringValue()).isEqualTo("model");
    assertThat(rejected.get("detail").stringValue()).contains("was rejected");
    assertThat(worker.get(TRANSLATE).statusCode()).isEqualTo(405);
  }

  @Test
  void showsPrometheusWhatItDid() throws Exception {
    gateway.publish("seen", "letters-1", "proved");
    worker.answer(
        TRANSLATE,
        "{%s, \"texts\": [\"a b c\", \"q\"]}".formatted(TO_FRENCH.replace("letters", "seen")));

    Map<String, String> seen = Map.of("model", "seen");
    assertThat(worker.metric("bessemer_inference_sentences_total", seen)).isEqualTo(2);
    assertThat(
            worker.metric(
                "bessemer_inference_requests_total", Map.of("model", "seen", "outcome", "stop")))
        .isEqualTo(1);
    assertThat(
            worker.metric(
                "bessemer_inference_tokens_total", Map.of("model", "seen", "kind", "prompt")))
        .isEqualTo(8);
    assertThat(
            worker.metric(
                "bessemer_inference_tokens_total", Map.of("model", "seen", "kind", "completion")))
        .isGreaterThan(6);
    assertThat(worker.metric("bessemer_inference_translation_seconds_count", seen)).isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_queue_seconds_count", seen)).isEqualTo(1);
    assertThat(worker.metric("bessemer_inference_batch_sum", seen)).isEqualTo(2);
    assertThat(worker.metric("bessemer_inference_running", seen)).isZero();
    assertThat(worker.metric("bessemer_inference_queue_length", seen)).isZero();
    assertThat(worker.metric("bessemer_inference_memory_bytes", Map.of("kind", "cache")))
        .isPositive();
  }
}
