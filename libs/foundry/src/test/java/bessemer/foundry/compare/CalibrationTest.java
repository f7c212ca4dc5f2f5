package bessemer.foundry.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bessemer.checkpoint.text.Tokenizer;
import bessemer.checkpoint.text.UnknownLanguageException;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.convert.Precision;
import bessemer.models.LoadedTranslator;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Trace;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {
  private static final Path MODEL =
      Path.of("../models/src/test/resources/translation/nllb-trained");

  @TempDir Path folder;

  private static Histogram histogram(float... values) {
    var histogram = new Histogram();
    histogram.add(values);
    return histogram;
  }

  private static float[] normal(int count, float... outliers) {
    var r = new Random(7);
    float[] values = new float[count + outliers.length];
    for (int i = 0; i < count; i++) {
      values[i] = (float) r.nextGaussian();
    }
    System.arraycopy(outliers, 0, values, count, outliers.length);
    return values;
  }

  @Test
  void minMaxTakesTheLargestMagnitude() {
    assertThat(CalibrationMethod.MIN_MAX.threshold(histogram(.5f, -3, 2))).isEqualTo(3);
    assertThat(CalibrationMethod.MIN_MAX.threshold(histogram(0, 0))).isZero();
  }

  @Test
  void percentileLeavesOneOfAHundredThousandOut() {
    Histogram seen = histogram(normal(200_000, 100));
    assertThat(CalibrationMethod.PERCENTILE.threshold(seen)).isBetween(4f, 6f);
    assertThat(CalibrationMethod.PERCENTILE.threshold(histogram(1, 2, 3))).isEqualTo(3);
  }

  @Test
  void entropyCutsOutliersOffAndKeepsWhatIsCommon() {
    Histogram seen = histogram(normal(200_000, 40, -35));
    assertThat(CalibrationMethod.ENTROPY.threshold(seen)).isBetween(2.5f, 20f);
  }

  /// However many zeros and however few other numbers there are.
  @Test
  void entropyKeepsWhatAReluGives() {
    for (int count : new int[] {300, 3_000, 200_000}) {
      float[] values = normal(count);
      for (int i = 0; i < count; i++) {
        values[i] = Math.max(0, values[i]);
      }
      Histogram seen = histogram(values);
      assertThat(CalibrationMethod.ENTROPY.threshold(seen))
          .as(count + " values")
          .isBetween(.7f * seen.most(), seen.most());
    }
    assertThat(CalibrationMethod.ENTROPY.threshold(histogram(0, 0, 3))).isEqualTo(3);
    assertThat(CalibrationMethod.ENTROPY.threshold(histogram(0, 0))).isZero();
  }

  @Test
  void aHistogramGrowsWithoutLosingAnything() {
    Histogram seen = histogram(normal(10_000));
    seen.add(new float[] {1000, 1e-30f});
    long sum = 0;
    for (int bin = 0; bin < Histogram.BINS; bin++) {
      sum += seen.count(bin);
    }
    assertThat(sum).isEqualTo(10_002).isEqualTo(seen.total());
    assertThat(seen.count(2000)).isEqualTo(1); // of 1024
    assertThat(seen.end(Histogram.BINS - 1)).isEqualTo(1024);
    assertThatThrownBy(() -> seen.add(new float[] {Float.NaN}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void stepsAreOfWhatGoesIntoEachLinear() throws IOException {
    List<String> texts = List.of("a b c", "h e l l o", " ");
    var setup = new Candidate.Setup(() -> Cpu.engine(1), KvType.FP32, folder, "", "");
    Precision.Steps.Calibrated steps =
        new Calibration(setup, CalibrationMethod.MIN_MAX).run(MODEL, texts);
    assertThat(steps.method()).isEqualTo("min-max of 2 texts");
    float most = 0;
    for (String text : texts.subList(0, 2)) {
      most = Math.max(most, largest(text, "model.encoder.layers.0.final_layer_norm"));
    }
    assertThat(steps.of().get("model.encoder.layers.0.fc1")).isCloseTo(most / 127, within(1e-7f));
    assertThat(steps.of())
        .containsKeys("model.shared", "model.decoder.layers.0.encoder_attn.k_proj")
        .hasSize(33);
  }

  /// Of what the encoder puts out under this name.
  private float largest(String text, String name) throws IOException {
    float[] most = {0};
    try (Engine engine = Cpu.engine(1);
        LoadedTranslator loaded = LoadedTranslator.load(engine, MODEL);
        Tokenizer tokenizer = Tokenizer.load(MODEL, folder);
        Scope _ = engine.scope();
        Trace _ =
            engine.trace((path, value) -> {
              for (float x : path.equals(name) ? value.toFloats() : new float[0]) {
                most[0] = Math.max(most[0], Math.abs(x));
              }
              return value;
            })) {
      var languages = tokenizer.languages();
      int[] source = languages.encode(text, languages.find("English"), languages.find("French"));
      loaded.model().encode(engine.of(source, 1, source.length), source.length);
    }
    return most[0];
  }

  @Test
  void unknownMethodsAndNoTextsAreRefused() {
    assertThatThrownBy(() -> CalibrationMethod.named("magic"))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("minmax, percentile or entropy");
    var setup = new Candidate.Setup(() -> Cpu.engine(1), KvType.FP32, folder, "", "");
    assertThatThrownBy(
            () -> new Calibration(setup, CalibrationMethod.MIN_MAX).run(MODEL, List.of()))
        .isInstanceOf(BadRequestException.class);
  }

  /// Tokens that are cut off leave the marks of language and end where they are.
  @Test
  void aSourceThatIsTooLongKeepsItsMarks() throws IOException {
    var setup = new Candidate.Setup(() -> Cpu.engine(1), KvType.FP32, folder, "", "");
    try (Candidate candidate = Candidate.open(setup, MODEL, base -> base)) {
      List<Integer> brief = candidate.sample("a").source();
      List<Integer> cut = candidate.sample("a b c ".repeat(500)).source();
      assertThat(cut).hasSizeGreaterThan(20).endsWith(brief.getLast()).startsWith(brief.getFirst());
    }
  }

  @Test
  void aCheckpointOfPyTorchIsACandidate() throws IOException {
    var setup = new Candidate.Setup(() -> Cpu.engine(1), KvType.FP32, folder, "", "");
    Path model = MODEL.resolveSibling("lingolite-trained");
    try (Candidate candidate = Candidate.open(setup, model, base -> base)) {
      assertThat(candidate.sample("one two").target()).hasSizeGreaterThan(1);
    }
  }

  @Test
  void aTranslatorWithoutTheLanguageIsRefused() {
    var setup = new Candidate.Setup(() -> Cpu.engine(1), KvType.FP32, folder, "Klingon", "");
    assertThatThrownBy(() -> Candidate.open(setup, MODEL, base -> base))
        .isInstanceOf(UnknownLanguageException.class);
  }
}
