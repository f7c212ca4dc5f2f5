package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// On the tiny translator of letters.
class EvalTranslateTest {
  private static final Path MODEL =
      Path.of("../libs/models/src/test/resources/translation/nllb-trained");

  @TempDir Path folder;
  private Session session;
  private Path source;
  private Path reference;

  @BeforeEach
  void write() throws IOException {
    session = new Session(folder);
    source = file("abc.eng", "a b c\nh e l l o\n\nq\n");
    reference = file("abc.fra", "l s b b\nm p q q n\n\nx y z\n");
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Done evaluate(Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    System.arraycopy(new Object[] {"eval", "translate"}, 0, all, 0, 2);
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return session.run(all);
  }

  @Test
  void scoresAreThoseOfTheTranslationsThatItWrites() throws IOException {
    Path out = folder.resolve("out");
    Done done =
        evaluate(
            MODEL, "--src", source, "--ref", reference, "--from", "en", "--to", "fr", "--out", out);
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out())
        .contains("abc.eng, 4 lines", "en-fr", "Learned metric: not installed, because");
    Path hypotheses = out.resolve("hypotheses-1.txt");
    assertThat(Files.readAllLines(hypotheses)).hasSize(4).startsWith("l s b b", "m p q q n", "");
    assertThat(out.resolve("evaluation.html")).content().contains("<svg", "nllb-trained");

    JsonNode report = new JsonMapper().readTree(out.resolve("evaluation.json"));
    JsonNode scored =
        new JsonMapper()
            .readTree(
                session
                    .run(
                        "eval",
                        "score",
                        "--hyp",
                        hypotheses,
                        "--ref",
                        reference,
                        "--confidence",
                        "--json")
                    .out());
    for (int metric = 0; metric < 2; metric++) {
      JsonNode found = report.at("/parts/0/metrics/" + metric);
      assertThat(found.at("/values/0/score")).isEqualTo(scored.at("/" + metric + "/score/value"));
      assertThat(found.at("/values/0/confidence"))
          .isEqualTo(scored.at("/" + metric + "/confidence"));
      assertThat(found.get("signature")).isEqualTo(scored.at("/" + metric + "/signature"));
    }
  }

  @Test
  void comparesAModelWithItsQuantizedSelf() {
    Path small = session.at("small");
    assertThat(
            session
                .run("convert", MODEL, "--local", "--out", small, "-q", "4", "--group-size", "32")
                .code())
        .isZero();
    Done done =
        evaluate(
            MODEL,
            small,
            "--src",
            source,
            "--ref",
            reference,
            "--from",
            "en",
            "--to",
            "fr",
            "--samples",
            "20",
            "--json",
            "--beams",
            "2",
            "--strict");
    assertThat(done.code()).as(done.err()).isZero();
    JsonNode report = new JsonMapper().readTree(done.out());
    assertThat(report.at("/systems/0/name").asString()).isEqualTo("nllb-trained");
    assertThat(report.at("/systems/1/name").asString()).isEqualTo("small");
    assertThat(report.at("/systems/1/description").asString()).startsWith("2 beams");
    assertThat(report.at("/parts/0/metrics/0/p_value").asDouble()).isBetween(0.04, 1.0);
  }

  @Test
  void linesMayHaveLanguagesOfTheirOwn() throws IOException {
    Path table =
        file(
            "c.jsonl",
            """
            {"from": "eng_Latn", "to": "fra_Latn", "source": "a b c", "reference": ["l s b b", "x"]}
            {"from": "eng_Latn", "to": "deu_Latn", "source": "a b c", "reference": "l s b b"}
            """);
    Done done = evaluate(MODEL, "--corpus", table, "--samples", "0", "--json");
    assertThat(done.code()).as(done.err()).isZero();
    JsonNode report = new JsonMapper().readTree(done.out());
    assertThat(report.at("/parts/1/name").asString()).isEqualTo("eng_Latn-fra_Latn");
    assertThat(report.at("/parts/1/metrics/1/values/0/score").asDouble()).isEqualTo(100);
    assertThat(report.at("/parts/2/name").asString()).isEqualTo("eng_Latn-deu_Latn");
  }

  @Test
  void whatIsWrongIsSaidBeforeAnythingIsTranslated() throws IOException {
    Path bad = file("bad.tsv", "source\treference\na\n");
    refused(2, "bad.tsv, line 2: 1 columns", MODEL, "--corpus", bad, "--from", "en", "--to", "fr");
    refused(
        2,
        "did you mean",
        MODEL,
        "--src",
        source,
        "--ref",
        reference,
        "--from",
        "Englsh",
        "--to",
        "fr");
    refused(2, "--from L --to L", MODEL, "--src", source, "--ref", reference);
    refused(2, "--src FILE --ref FILE", MODEL, "--src", source, "--from", "en", "--to", "fr");
    refused(
        2, "the longer one", MODEL, "--src", source, "--ref", bad, "--from", "en", "--to", "fr");
    Path llama = Session.EXAMPLES.resolve("tiny-llama");
    refused(
        2,
        "does not translate",
        llama,
        "--src",
        source,
        "--ref",
        reference,
        "--from",
        "en",
        "--to",
        "fr");
  }

  private void refused(int code, String message, Object... arguments) {
    Done done = evaluate(arguments);
    assertThat(done.err()).contains(message);
    assertThat(done.code()).isEqualTo(code);
  }

  @Test
  void scoresATableAndWritesAPage() throws IOException {
    Path table =
        file("h.tsv", "source\thypothesis\treference\na\tThe cat.\tThe cat.\nb\tA dog\tThe dog\n");
    Path html = folder.resolve("h.html");
    Done done = session.run("eval", "score", "--corpus", table, "--html", html, "--json");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(html).content().contains("<svg", "h.tsv", "A dog");
    Done both = session.run("eval", "score", "--corpus", table, "--hyp", source);
    assertThat(both.code()).isEqualTo(2);
  }
}
