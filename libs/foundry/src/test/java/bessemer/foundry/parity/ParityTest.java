package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ParityTest {
  @TempDir private Path directory;

  static Stream<String> goldens() {
    return Goldens.names();
  }

  private static ParityReport verified(Path model, Path pack) throws IOException {
    return new Parity("golden", model, new Reference.Pack(pack), null)
        .verify(Goldens::engine, _ -> {});
  }

  private static List<ComponentReport> components(ParityReport report) {
    return report.cases().stream().flatMap(one -> one.components().stream()).toList();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void provesEveryGolden(String name) throws IOException {
    ParityReport report = verified(Goldens.directory(name), Goldens.directory(name));
    assertThat(report.headline()).startsWith("PROVED: computes what PyTorch computes; ");
    assertThat(report.reasons()).isEmpty();
    assertThat(components(report)).isNotEmpty();
    assertThat(components(report))
        .allSatisfy(c -> assertThat(c.accumulated().figures().scaledError()).isLessThan(1e-5));
    assertThat(report.controls())
        .extracting(Control::finding)
        .doesNotContain(Finding.UNDETECTED)
        .filteredOn(Finding.DETECTED::equals)
        .hasSizeGreaterThanOrEqualTo(3);
    assertThat(report.checks()).hasSize(4).allMatch(c -> c.outcome() == Outcome.PASSED);
  }

  @Test
  void comparesEachComponentOnPyTorchsInputToo() throws IOException {
    ParityReport report = verified(Goldens.directory("qwen3"), Goldens.directory("qwen3"));
    var full = report.cases().getFirst();
    assertThat(full.components())
        .extracting(ComponentReport::path)
        .contains("model.layers.1.self_attn.k_norm", "model.layers.0.self_attn.probs");
    assertThat(full.components())
        .allSatisfy(c -> assertThat(c.isolated()).isNotNull())
        .filteredOn(c -> c.kind().isElementary())
        .allSatisfy(c -> assertThat(c.isolated().aim()).isTrue());
    assertThat(full.logits().isolated().outcome()).isEqualTo(Outcome.PASSED);
  }

  @Test
  void comparesRecordedPositionsOfALongCase() throws IOException {
    ParityReport report =
        verified(Goldens.directory("llama-yarn"), Goldens.directory("llama-yarn"));
    var partial = report.cases().stream().filter(c -> !c.positions().isEmpty()).findFirst();
    assertThat(partial.orElseThrow().length()).isEqualTo(200);
    assertThat(partial.orElseThrow().components())
        .isNotEmpty()
        .allSatisfy(c -> assertThat(c.isolated()).isNull());
  }

  @Test
  void leavesOutABiasWhereThereIsOne() throws IOException {
    assertThat(missingBias("llama-biases").finding()).isEqualTo(Finding.DETECTED);
    assertThat(missingBias("llama-tied"))
        .isEqualTo(
            new Control(
                "missing bias",
                Finding.NOT_APPLICABLE,
                "not applicable, because no dense linear of model.layers.0 has a bias"));
  }

  private static Control missingBias(String name) throws IOException {
    return verified(Goldens.directory(name), Goldens.directory(name)).controls().stream()
        .filter(control -> control.name().equals("missing bias"))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.layers.1.self_attn.k_proj",
        "model.layers.0.mlp.down_proj",
        "model.layers.1.input_layernorm"
      })
  void rejectsAChangedWeightAndNamesTheComponent(String path) throws IOException {
    Path pack = Goldens.directory("llama-tied");
    Goldens.copyChanged(pack, directory, path + ".weight", values -> values[3] += 0.01f);
    ParityReport report = verified(directory, pack);
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.headline())
        .startsWith("REJECTED: short: " + path + " on PyTorch's input is off by");
    assertThat(components(report))
        .filteredOn(c -> c.isolated() != null && c.isolated().outcome() == Outcome.FAILED)
        .extracting(ComponentReport::path)
        .first()
        .isEqualTo(path);
  }

  @Test
  void rejectsWeightsThatAreNotNumbers() throws IOException {
    Path pack = Goldens.directory("llama-tied");
    Goldens.copyChanged(
        pack, directory, "model.layers.0.mlp.up_proj.weight", values -> values[0] = Float.NaN);
    ParityReport report = verified(directory, pack);
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.headline()).contains("model.layers.0.mlp.up_proj", "off by Infinity");
  }

  @Test
  void refusesAPackOfAnotherSource() {
    Path model = Goldens.directory("llama-tied");
    Path pack = Goldens.directory("llama-biases");
    assertThatThrownBy(() -> verified(model, pack))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("reference.json: source.files: \"model.safetensors\" is ")
        .hasMessageContaining("the pack was recorded from another source");
  }

  @Test
  void gatesRoundedWeightsByTheirRounding() throws IOException {
    Path pack = Goldens.directory("llama-untied-gqa");
    Goldens.copyRounded(pack, directory);
    ParityReport report = verified(directory, pack);
    assertThat(report.headline()).contains("with weights rounded to bf16");
    assertThat(report.verdict()).isEqualTo(Verdict.PROVED);
    assertThat(report.cases().getFirst().logits().accumulated().gate()).isEqualTo(5e-2);
    assertThat(report.cases().getFirst().logits().accumulated().figures().maxAbs())
        .isGreaterThan(1e-3);
    assertThat(report.quality().predictions().argmaxAgreement()).isGreaterThan(0.9);
  }

  @Test
  void bf16WeightsOfABf16SourceAreHeldToTheStrictGates() throws IOException {
    ParityReport report =
        verified(Goldens.directory("llama-bf16"), Goldens.directory("llama-bf16"));
    assertThat(report.model().weights()).isEqualTo("the same numbers");
    assertThat(report.cases().getFirst().logits().accumulated().gate()).isEqualTo(1e-4);
  }

  @Test
  void measuresQuantizedWeightsAndProvesTheirExecution() throws IOException {
    Path pack = Goldens.directory("llama-tied");
    Goldens.copyQuantized(pack, directory);
    ParityReport report = verified(directory, pack);
    assertThat(report.reasons()).isEmpty();
    assertThat(report.verdict()).isEqualTo(Verdict.MEASURED);
    assertThat(report.headline())
        .startsWith("MEASURED: quantized, runs as written")
        .doesNotContain("parity");
    assertThat(report.execution())
        .hasSize(14)
        .allMatch(p -> p.measured().outcome() == Outcome.PASSED);
    assertThat(report.cases().getFirst().logits().accumulated().outcome())
        .isEqualTo(Outcome.MEASURED);
    assertThat(components(report))
        .filteredOn(c -> c.kind() == Kind.NORM && c.isolated() != null)
        .allSatisfy(c -> assertThat(c.isolated().outcome()).isEqualTo(Outcome.PASSED));
    assertThat(report.quality().nmse()).isBetween(1e-6, 1.0);
    assertThat(report.controls())
        .filteredOn(c -> c.finding() == Finding.DETECTED)
        .extracting(Control::name)
        .containsExactly("perturbed weight", "shifted position", "perturbed scale");
  }

  @Test
  void withoutAPackTheHeadlineSaysSo() throws IOException {
    ParityReport report =
        new Parity("golden", Goldens.directory("llama-tied"), Reference.none(), null)
            .verify(Goldens::engine, _ -> {});
    assertThat(report.verdict()).isEqualTo(Verdict.UNPROVEN);
    assertThat(report.headline())
        .isEqualTo(
            "UNPROVEN: not compared with PyTorch, no reference pack was given"
                + " (--reference PACK, or auto)");
    assertThat(report.checks()).hasSize(3).allMatch(c -> c.outcome() == Outcome.PASSED);
    assertThat(report.cases()).isEmpty();
  }

  @Test
  void aFailedOutputCheckRejects() throws IOException {
    var check = new OutputCheck(false, "2 tensors are out of bounds");
    ParityReport report =
        new Parity("golden", Goldens.directory("llama-tied"), Reference.none(), check)
            .verify(Goldens::engine, _ -> {});
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.headline()).endsWith("output against source: 2 tensors are out of bounds");
  }
}
