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

class CompareTest {
  private static final Path TRANSLATOR =
      Path.of("../libs/models/src/test/resources/translation/nllb-trained");

  @TempDir Path folder;
  private Session session;

  @BeforeEach
  void open() {
    session = new Session(folder);
  }

  @Test
  void translatorsAreComparedByPredictionsAndScores() throws IOException {
    Path calibration = Files.writeString(folder.resolve("texts"), "a b c\nh e l l o\n");
    Path int8 = folder.resolve("int8");
    Done converted =
        session.run(
            "convert",
            TRANSLATOR,
            "--dtype",
            "int8",
            "--calibrate",
            calibration,
            "--out",
            int8,
            "--local");
    assertThat(converted.code()).as(converted.err()).isZero();
    Path source = Files.writeString(folder.resolve("source"), "a b c\n");
    Path reference = Files.writeString(folder.resolve("reference"), "l s b b\n");
    Path out = folder.resolve("out");
    Done done =
        session.run(
            "compare",
            TRANSLATOR,
            int8,
            "--texts",
            calibration,
            "--src",
            source,
            "--ref",
            reference,
            "--tokens",
            3,
            "--out",
            out,
            "--json");
    assertThat(done.code()).as(done.err()).isZero();
    JsonNode json = new JsonMapper().readTree(done.out());
    assertThat(json.get("models")).hasSize(2);
    JsonNode second = json.get("models").get(1);
    assertThat(second.get("precision").asString()).contains("int8").contains("calibrated");
    assertThat(second.get("bytes").asLong())
        .isLessThan(json.get("models").get(0).get("bytes").asLong() / 2);
    assertThat(second.get("parity").get("kl_mean").asDouble()).isBetween(0.0, .1);
    assertThat(second.get("parity").get("argmax_agreement").asDouble()).isGreaterThan(.8);
    assertThat(second.get("decode_per_second").asDouble()).isPositive();
    assertThat(second.get("scores")).hasSize(2);
    assertThat(Files.readString(out.resolve("quantization_results.json"))).isEqualTo(done.out());
  }

  @Test
  void languageModelsAreComparedByPerplexity() {
    Path model = Session.EXAMPLES.resolve("tiny-llama");
    Done done = session.run("compare", model, "--tokens", 2);
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out().lines().toList().getFirst())
        .matches("model +precision +size +load +tok/s +peak memory +KL +same token +perplexity");
    assertThat(done.out()).contains("12 texts predicted beside ");
  }

  @Test
  void sourcesNeedReferencesAndCalibrationNeedsInt8() throws IOException {
    Path texts = Files.writeString(folder.resolve("texts"), "a\n");
    Done lonely = session.run("compare", TRANSLATOR, "--src", texts);
    assertThat(lonely.code()).isEqualTo(2);
    assertThat(lonely.err()).contains("--src and --ref go together");
    Done done =
        session.run(
            "convert", TRANSLATOR, "--calibrate", texts, "--out", folder.resolve("x"), "--local");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("--calibrate is for --dtype int8");
  }
}
