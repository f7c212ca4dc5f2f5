package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Translators against what `tools/reference/record.py` recorded of them.
final class TranslationParityTest {
  private static final String TRAINED = "nllb-trained";

  @TempDir private Path directory;

  private static ParityReport verified(Path model, Path pack) throws IOException {
    return new Parity("golden", model, new Reference.Pack(pack), null)
        .verify(Goldens::engine, _ -> {});
  }

  private static ParityReport verified(String name) throws IOException {
    return verified(Goldens.translator(name), Goldens.pack(name));
  }

  private static List<ComponentReport> components(ParityReport report) {
    return report.cases().stream().flatMap(one -> one.components().stream()).toList();
  }

  private static List<String> named(ParityReport report, Finding finding) {
    return report.controls().stream()
        .filter(control -> control.finding() == finding)
        .map(Control::name)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {TRAINED, "nllb-uneven"})
  void provesEveryTranslator(String name) throws IOException {
    ParityReport report = verified(name);
    assertThat(report.headline())
        .startsWith("PROVED: computes what PyTorch computes; ")
        .containsPattern("of the encoder \\d\\.\\de-0[678], of the logits");
    assertThat(report.cases())
        .extracting(ParityReport.CaseReport::name)
        .containsExactly("short", "batch", "long");
    assertThat(components(report))
        .allSatisfy(c -> assertThat(c.accumulated().figures().scaledError()).isLessThan(1e-5))
        .filteredOn(c -> c.path().equals("model.encoder.layer_norm"))
        .hasSize(3)
        .allSatisfy(c -> assertThat(c.accumulated().figures().maxAbs()).isLessThan(1e-5));
    assertThat(report.cases())
        .allSatisfy(c -> assertThat(c.problems()).isEmpty())
        .allSatisfy(c -> assertThat(c.logits().accumulated().figures().maxAbs()).isLessThan(1e-4));
    assertThat(report.checks())
        .allMatch(check -> check.outcome() == Outcome.PASSED)
        .extracting(Check::name)
        .containsExactly(
            "cached = uncached",
            "padded = unpadded",
            "batch = single",
            "padded sources = unpadded",
            "one embedding",
            "greedy = PyTorch's");
  }

  @Test
  void everyMistakeThatConvertersMadeIsDetected() throws IOException {
    ParityReport report = verified(TRAINED);
    assertThat(named(report, Finding.UNDETECTED)).isEmpty();
    assertThat(report.controls())
        .filteredOn(control -> control.finding() == Finding.NOT_APPLICABLE)
        .containsExactly(
            Trial.notApplicable("rotation in cross-attention", "queries and keys are not rotated"),
            Trial.notApplicable(
                "rotation one place late, encoder", "queries and keys are not rotated"),
            Trial.notApplicable(
                "rotation one place late, decoder", "queries and keys are not rotated"),
            Trial.notApplicable(
                "keys of another group", "every head of queries has keys of its own"),
            Trial.notApplicable(
                "values of another group", "every head of queries has keys of its own"));
    assertThat(named(report, Finding.DETECTED))
        .containsExactly(
            "perturbed weight, encoder",
            "transposed matrix, encoder",
            "swapped q and k, encoder",
            "missing bias, encoder",
            "perturbed weight, decoder",
            "transposed matrix, decoder",
            "swapped q and k, decoder",
            "missing bias, decoder",
            "perturbed weight, cross-attention",
            "swapped q and k, cross-attention",
            "swapped cross- and self-attention",
            "wrong language token, encoder",
            "wrong language token, decoder",
            "diverging embedding, encoder",
            "diverging embedding, decoder",
            "diverging embedding, head",
            "unscaled embedding, encoder",
            "unscaled embedding, decoder",
            "padding counted in positions",
            "padding attended to",
            "position offset missing");
  }

  @Test
  void comparesPaddedSourcesOfSeveralLanguagesAndTwoHundredTokens() throws IOException {
    ParityReport report = verified(TRAINED);
    assertThat(report.cases().get(1).sources()).containsExactly(7, 4, 5);
    assertThat(report.cases().get(2).sources()).containsExactly(200);
    assertThat(report.cases().get(2).positions()).contains(0, 100, 199);
    assertThat(report.cases().get(2).components())
        .extracting(ComponentReport::path)
        .contains("model.encoder.embed_positions", "model.decoder.layers.1");
    assertThat(TextReport.of(report))
        .contains("tokens     short 5 from [8]; batch 5 from [7, 4, 5]; long 200 from [200]");
    assertThat(TextReport.of(report).lines()).allMatch(line -> line.length() <= 100);
    assertThat(HtmlReport.of(report))
        .contains(
            "Case batch: 3 × 5 tokens, sources of [7, 4, 5]", "encoder layer 0", "decoder layer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.encoder.layers.1.fc2",
        "model.encoder.layers.0.self_attn_layer_norm",
        "model.decoder.layers.0.encoder_attn.k_proj",
        "model.decoder.layers.1.final_layer_norm",
      })
  void rejectsAChangedWeightAndNamesTheComponent(String path) throws IOException {
    Goldens.copyChanged(
        Goldens.translator(TRAINED), directory, path + ".weight", values -> values[3] += 0.05f);
    ParityReport report = verified(directory, Goldens.pack(TRAINED));
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.headline())
        .startsWith("REJECTED: short: " + path + " on PyTorch's input is off by");
  }

  @Test
  void gatesRoundedWeightsByTheirRounding() throws IOException {
    Goldens.copyRounded(Goldens.translator(TRAINED), directory);
    ParityReport report = verified(directory, Goldens.pack(TRAINED));
    assertThat(report.headline()).startsWith("PROVED").contains("with weights rounded to bf16");
    assertThat(report.cases().getFirst().logits().accumulated().gate()).isEqualTo(5e-2);
    assertThat(named(report, Finding.UNDETECTED)).isEmpty();
  }

  @Test
  void measuresQuantizedWeightsAndStillWatchesPositionsAndPadding() throws IOException {
    Goldens.copyQuantized(Goldens.translator(TRAINED), directory);
    ParityReport report = verified(directory, Goldens.pack(TRAINED));
    assertThat(report.reasons()).isEmpty();
    assertThat(report.verdict()).isEqualTo(Verdict.MEASURED);
    assertThat(report.execution())
        .hasSize(1 + 1 + 2 * 6 + 2 * 10)
        .allMatch(p -> p.measured().outcome() == Outcome.PASSED);
    assertThat(named(report, Finding.DETECTED))
        .containsExactly(
            "perturbed weight, encoder",
            "perturbed weight, decoder",
            "perturbed weight, cross-attention",
            "padding counted in positions",
            "padding attended to",
            "position offset missing",
            "perturbed scale");
    assertThat(report.controls())
        .contains(
            Trial.notApplicable(
                "wrong language token, encoder",
                "without it no encoder embedding of case short is within a gate"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nllb-tiny|nllb-trained|the pack was recorded from another source",
        "nllb-uneven|nllb-trained|the pack was recorded from another source",
      })
  void refusesAPackOfAnotherTranslator(String model, String pack, String message) {
    assertThatThrownBy(() -> verified(Goldens.translator(model), Goldens.pack(pack)))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("reference.json: source.files: \"model.safetensors\" is ")
        .hasMessageContaining(message);
  }

  @Test
  void refusesAPackOfALanguageModelAndTheOtherWayRound() {
    Path llama = Goldens.directory("llama-tied");
    assertThatThrownBy(() -> verified(Goldens.translator(TRAINED), llama))
        .hasMessageContaining("source.model_type: recorded from a llama, the model is a m2m_100");
    assertThatThrownBy(() -> verified(llama, Goldens.pack(TRAINED)))
        .hasMessageContaining("source.model_type: recorded from a m2m_100, the model is a llama");
  }
}
