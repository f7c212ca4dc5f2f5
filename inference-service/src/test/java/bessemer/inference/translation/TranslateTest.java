package bessemer.inference.translation;

import static bessemer.inference.translation.Letters.TO_FRENCH;
import static bessemer.inference.translation.Letters.TRANSLATE;
import static bessemer.inference.translation.Letters.json;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.TinyModels;
import bessemer.inference.translation.Letters.Event;
import bessemer.models.generation.Sampling;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.TextTranslator;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  /// What the command line makes of the same texts in its own process.
  private static List<String> local(List<String> texts, int beams) throws IOException {
    return local(texts, SearchOptions.of(beams, 40));
  }

  private static List<String> local(List<String> texts, SearchOptions options) throws IOException {
    try (Engine engine = Cpu.engine(2);
        TextTranslator translator =
            TextTranslator.open(
                engine, letters.gateway.directory("letters-1"), home.resolve("cache"))) {
      var languages = translator.languages();
      var order = new TextTranslator.Order(languages.find("en"), languages.find("fr"), options, 16);
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
          letters.answer(
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
    JsonNode answer = letters.answer("{%s, \"text\": \"a b c\"}".formatted(TO_FRENCH));

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
        letters.answer(
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
  void drawsWhatTheCommandLineDraws() throws Exception {
    List<String> texts = List.of("a b c d e f", "h e l l o", "q");
    var sampling = new Sampling(1, 1.7f, 20, 0.95f, 0, 7);
    var options = new SearchOptions(1, 40, 1, 0, SearchOptions.EarlyStopping.HEURISTIC, sampling);
    String ask =
        """
        {%s, "texts": %s, "max_tokens": 40,
         "temperature": 1.7, "top_k": 20, "top_p": 0.95, "seed": %d}\
        """;
    JsonNode drawn = letters.answer(ask.formatted(TO_FRENCH, json(texts), 7));
    JsonNode other = letters.answer(ask.formatted(TO_FRENCH, json(texts), 8));

    assertThat(texts(drawn)).isEqualTo(local(texts, options)).isNotEqualTo(local(texts, 1));
    assertThat(texts(other)).isNotEqualTo(texts(drawn));
  }

  @Test
  void nothingButBlankTextsNeedsNoModelTime() throws Exception {
    String ask = "{%s, \"texts\": [\"\", \" \"]}".formatted(TO_FRENCH);
    assertThat(texts(letters.answer(ask))).containsExactly("", "");
    assertThat(texts(letters.answer(ask.replace("[\"\", \" \"]", "[]")))).isEmpty();
    assertThat(letters.stream(ask.replace("}", ", \"stream\": true}")))
        .extracting(Event::type)
        .containsExactly("done");
  }

  @Test
  void aStreamSendsEverySentenceAndThenTheWhole() throws Exception {
    String text = "A b c. H e l l o! Q? X w v u.";
    List<Event> events =
        letters.stream(
            "{%s, \"stream\": true, \"texts\": [\"q\", \"%s\"]}".formatted(TO_FRENCH, text));

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
    JsonNode whole = letters.answer(ask.formatted(TO_FRENCH, ""));
    JsonNode split = letters.answer(ask.formatted(TO_FRENCH, ", \"split\": \"all\""));
    List<Event> stream =
        letters.stream(ask.formatted(TO_FRENCH, ", \"split\": \"long\", \"stream\": true"));

    assertThat(whole.at("/translations/0/sentences").intValue()).isEqualTo(1);
    assertThat(split.at("/translations/0/sentences").intValue()).isEqualTo(2);
    assertThat(stream).hasSize(2);
    assertThat(texts(whole)).isEqualTo(texts(stream.getLast().data()));
    assertThat(texts(whole)).isEqualTo(local(List.of("A b c. H e l l o!"), 1));
  }

  @Test
  void aTranslationThatIsTooLongIsCutAndSaysSo() throws Exception {
    JsonNode answer =
        letters.answer("{%s, \"text\": \"h e l l o\", \"max_tokens\": 4}".formatted(TO_FRENCH));

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
        letters
            .worker
            .unsigned(TRANSLATE)
            .header(
                "Authorization", "Bearer " + letters.gateway.signature("inference-service", key))
            .POST(BodyPublishers.ofString("{%s, \"texts\": %s}".formatted(TO_FRENCH, json(texts))));
    HttpResponse<String> response = letters.worker.send(request.build());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @Test
  void showsPrometheusWhatItDid() throws Exception {
    letters.gateway.publish("seen", "letters-1", "proved");
    letters.answer(
        "{%s, \"texts\": [\"a b c\", \"q\"]}".formatted(TO_FRENCH.replace("letters", "seen")));

    Map<String, String> seen = Map.of("model", "seen");
    assertThat(letters.worker.metric("bessemer_inference_sentences_total", seen)).isEqualTo(2);
    assertThat(
            letters.worker.metric(
                "bessemer_inference_requests_total", Map.of("model", "seen", "outcome", "stop")))
        .isEqualTo(1);
    assertThat(
            letters.worker.metric(
                "bessemer_inference_tokens_total", Map.of("model", "seen", "kind", "prompt")))
        .isEqualTo(8);
    assertThat(
            letters.worker.metric(
                "bessemer_inference_tokens_total", Map.of("model", "seen", "kind", "completion")))
        .isGreaterThan(6);
    assertThat(letters.worker.metric("bessemer_inference_translation_seconds_count", seen))
        .isEqualTo(1);
    assertThat(letters.worker.metric("bessemer_inference_queue_seconds_count", seen)).isEqualTo(1);
    assertThat(letters.worker.metric("bessemer_inference_batch_sum", seen)).isEqualTo(2);
    assertThat(letters.worker.metric("bessemer_inference_running", seen)).isZero();
    assertThat(letters.worker.metric("bessemer_inference_queue_length", seen)).isZero();
    assertThat(letters.worker.metric("bessemer_inference_memory_bytes", Map.of("kind", "cache")))
        .isPositive();
  }
}
