package bessemer.cli;

import static bessemer.cli.FakeGateway.cutOff;
import static bessemer.cli.FakeGateway.events;
import static bessemer.cli.FakeGateway.json;
import static bessemer.cli.FakeGateway.problem;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.FakeGateway.Asked;
import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RemoteTranslateTest {
  private static final String TRANSLATE = "POST /api/v1/translate";
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir Path folder;
  private Session session;
  private FakeGateway gateway;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    session = new Session(folder).own(gateway);
    gateway.on(TRANSLATE, (exchange, asked) -> events(louder(asked)).give(exchange, asked));
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  /// A translator that only raises its voice; the last text is done first.
  private static String[] louder(Asked asked) {
    List<String> events = new ArrayList<>();
    List<Map<String, Object>> translations = new ArrayList<>();
    JsonNode texts = JSON.readTree(asked.body()).get("texts");
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i).asString().toUpperCase(java.util.Locale.ROOT);
      translations.add(
          Map.of(
              "translation",
              text,
              "sentences",
              1,
              "source_tokens",
              2,
              "target_tokens",
              3,
              "finish",
              "stop",
              "seconds",
              0.5));
      events.addFirst(
          event(
              "sentence",
              Map.of(
                  "text",
                  i,
                  "sentence",
                  0,
                  "sentences",
                  1,
                  "translation",
                  text,
                  "finish",
                  "stop")));
    }
    events.add(
        event(
            "done",
            Map.of(
                "model",
                "nllb",
                "source_lang",
                "eng_Latn",
                "target_lang",
                "fra_Latn",
                "translations",
                translations,
                "queue_seconds",
                0.1,
                "seconds",
                0.5)));
    return events.toArray(String[]::new);
  }

  private static String event(String type, Object data) {
    return "event: %s\ndata: %s\n\n".formatted(type, JSON.writeValueAsString(data));
  }

  private Done translate(Object... more) {
    List<Object> words = new ArrayList<>(List.of("translate", "nllb"));
    words.addAll(List.of(more));
    words.addAll(List.of("--from", "English", "--to", "fr"));
    return session.run(words.toArray());
  }

  @Test
  void printsTheTranslationAloneAsLocally() {
    Done done = translate("hello", "--beams", 4, "--max-tokens", 40, "--no-repeat-ngram", 3);

    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).isEqualTo("HELLO\n");
    assertThat(done.err()).matches("\\[1 texts in [\\d.]+ s, [\\d.]+ a second]\n");
    assertThat(JSON.readTree(gateway.asked(TRANSLATE).getFirst().body()))
        .isEqualTo(
            JSON.readTree(
                """
                {"model":"nllb","texts":["hello"],"source_lang":"English","target_lang":"fr",\
                "beams":4,"max_tokens":40,"no_repeat_ngram":3,"split":"long","stream":true}\
                """));
  }

  @Test
  void printsTheSameJsonAsLocally() {
    Done done = translate("hello", "--json", "--length-penalty", "0.5");

    assertThat(JSON.readTree(done.out()))
        .isEqualTo(
            JSON.readTree(
                """
                {"from":"eng_Latn","to":"fra_Latn","translations":["HELLO"]}\
                """));
    assertThat(gateway.asked(TRANSLATE).getFirst().text()).contains("\"length_penalty\":0.5");
  }

  @Test
  void translatesALongFileInSeveralRequestsAndKeepsItsOrder() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      lines.add(i % 50 == 7 ? "" : "line " + i);
    }
    lines.add("x".repeat(60_000));
    lines.add("end");
    Path file = Files.write(session.at("lines"), lines);
    Path out = session.at("out");

    Done done = translate("--file", file, "--out", out);

    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).isEmpty();
    assertThat(Files.readAllLines(out))
        .isEqualTo(lines.stream().map(line -> line.toUpperCase(java.util.Locale.ROOT)).toList());
    assertThat(gateway.asked(TRANSLATE))
        .extracting(asked -> JSON.readTree(asked.body()).get("texts").size())
        .containsExactly(256, 256, 88, 1, 1);
  }

  @Test
  void comesAgainWhenTheTranslatorIsBusyInTheMiddleOfAFile() throws IOException {
    FakeGateway.Answer busy = problem(429, "Too Many Requests", "64 sentences wait");
    FakeGateway.Answer louder = (exchange, asked) -> events(louder(asked)).give(exchange, asked);
    gateway.on(TRANSLATE, louder, busy, busy, louder);
    Path file = Files.write(session.at("lines"), java.util.Collections.nCopies(300, "a"));

    Done done = translate("--file", file);

    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).isEqualTo("A\n".repeat(300));
    gateway.on(TRANSLATE, busy);
    assertThat(translate("a").err()).contains("64 sentences wait; try again in 7 s");
  }

  @Test
  void saysWhatIsWrongInTheWordsOfTheCommandLine() throws IOException {
    gateway.on(
        TRANSLATE,
        problem(
            400,
            "Bad Request",
            "the model does not know the language; did you mean eng_Latn English?",
            "field",
            "source_lang"));
    Done typo = translate("a");
    assertThat(typo.code()).isEqualTo(2);
    assertThat(typo.err()).contains("source_lang: the model does not know the language; did you");

    gateway.on(
        TRANSLATE,
        (exchange, asked) -> events(louder(asked)).give(exchange, asked),
        problem(
            400,
            "Bad Request",
            "'texts[3]' has a sentence of 1101 tokens, the model reads 1024: break it up",
            "field",
            "texts[3]"));
    Path file = Files.write(session.at("lines"), java.util.Collections.nCopies(300, "a"));
    Done tooLong = translate("--file", file);
    assertThat(tooLong.code()).isEqualTo(2);
    assertThat(tooLong.err())
        .contains("error: text 260 has a sentence of 1101 tokens, the model reads 1024");
  }

  @Test
  void asksForWordsThatAreDrawn() {
    Done done = translate("a", "--temperature", 0.7, "--top-k", 20, "--top-p", 0.9, "--seed", 3);

    assertThat(done.code()).as(done.err()).isZero();
    var asked = JSON.readTree(gateway.asked(TRANSLATE).getFirst().body());
    assertThat(asked.get("temperature").doubleValue()).isEqualTo(0.7);
    assertThat(asked.get("top_k").intValue()).isEqualTo(20);
    assertThat(asked.get("top_p").doubleValue()).isEqualTo(0.9);
    assertThat(asked.get("seed").longValue()).isEqualTo(3);
    assertThat(asked.has("beams")).isFalse();
  }

  @Test
  void failsWhenTheTranslationBreaksOff() {
    gateway.on(TRANSLATE, cutOff("event: sentence\n"));
    assertThat(translate("a").code()).isEqualTo(1);
    gateway.on(TRANSLATE, events());
    assertThat(translate("a").err()).contains("the translation broke off in the middle");
    gateway.on(
        TRANSLATE,
        events(
            event(
                "error",
                Map.of(
                    "type", "about:blank",
                    "title", "Service Unavailable",
                    "status", 503,
                    "detail", "worker w went away"))));
    Done lost = translate("a");
    assertThat(lost.code()).isEqualTo(1);
    assertThat(lost.err()).contains("error: worker w went away");
    assertThat(lost.out()).isEmpty();
  }

  @Test
  void pointsToALocalModelOfThatName() throws IOException {
    gateway.on(TRANSLATE, problem(404, "Not found", "there is no model nllb"));
    Files.createDirectories(session.at("home").resolve("models/nllb"));
    Done done = translate("a");
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.err()).contains("one was converted with --local: add --local");
  }

  @Test
  void listsTheLanguagesOfAModelOfTheCatalogue() {
    gateway.on(
        "GET /api/v1/models/nllb/languages",
        json(200, "{\"items\":[{\"code\":\"eng_Latn\",\"name\":\"English\"}],\"cursor\":null}"));
    assertThat(session.run("list", "languages", "nllb").out().lines().map(String::strip).toList())
        .containsExactly("CODE      LANGUAGE", "eng_Latn  English");
    assertThat(session.run("list", "languages", "nllb", "--json").out().strip())
        .isEqualToIgnoringWhitespace("[{\"code\":\"eng_Latn\",\"name\":\"English\"}]");
  }
}
