package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.Progress;
import bessemer.foundry.parity.Parity;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.Verdict;
import bessemer.models.LoadedTranslator;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Encoder-decoder models through the conversion of all others.
class TranslatorConversionTest {
  private static final Path GOLDENS = Path.of("../models/src/test/resources/translation");

  @TempDir Path folder;

  private Path convert(String source, String name, Precision precision) throws IOException {
    var spec = new ConversionSpec(GOLDENS.resolve(source), folder.resolve(name), precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      conversion.check();
      return conversion.settle(Lineage.State.UNPROVEN);
    }
  }

  private static float[] logits(Path model) throws IOException {
    return logits(() -> Cpu.engine(1), model);
  }

  private static float[] logits(Supplier<Engine> engines, Path model) throws IOException {
    int[] source = {290, 9, 4, 22, 17, 8, 2};
    int[] target = {2, 291, 12, 5, 20};
    try (Engine engine = engines.get();
        LoadedTranslator loaded = LoadedTranslator.load(engine, model);
        Scope _ = engine.scope()) {
      Memory memory = loaded.model().encode(engine.of(source, 1, source.length), source.length);
      Pass pass = Pass.of(engine.of(target, 1, target.length));
      return loaded.model().forward(pass, memory, Want.ALL).toFloats();
    }
  }

  private static double worst(float[] a, float[] b) {
    double worst = 0;
    for (int i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs(a[i] - b[i]));
    }
    return worst;
  }

  @Test
  void aPyTorchFileBecomesTheSameModelWithItsEmbeddingOnce() throws IOException {
    Path model = convert("nllb-bin", "fp32", new Precision.Keep());
    assertThat(logits(model)).isEqualTo(logits(GOLDENS.resolve("nllb-tiny")));
    try (Checkpoint made = Checkpoint.open(model);
        Checkpoint saved = Checkpoint.open(GOLDENS.resolve("nllb-tiny"))) {
      assertThat(made.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(saved.tensors().keySet())
          .contains("model.shared.weight")
          .noneMatch(name -> name.contains("embed") || name.contains("lm_head"));
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, 0.1", "F16, 0.02"})
  void roundedWeightsStayNear(DType type, double bound) throws IOException {
    Path model = convert("nllb-tiny", "rounded", new Precision.Full(type));
    assertThat(worst(logits(model), logits(GOLDENS.resolve("nllb-tiny")))).isBetween(1e-6, bound);
  }

  @ParameterizedTest
  @CsvSource({"8, 0.1", "4, 1.5"})
  void quantizedWeightsStayNear(int bits, double bound) throws IOException {
    var precision = new Precision.Affine(Recipe.uniform(bits, 32), new Precision.Keep());
    Path model = convert("nllb-tiny", "quantized", precision);
    assertThat(worst(logits(model), logits(GOLDENS.resolve("nllb-tiny")))).isBetween(1e-4, bound);
    try (Engine engine = Cpu.engine(1);
        LoadedTranslator loaded = LoadedTranslator.load(engine, model)) {
      assertThat(loaded.quantizations()).hasSize(1 + 2 * 6 + 2 * 10).containsKey("model.shared");
    }
  }

  @Test
  void int8StaysNearWithAndWithoutRoundedActivations() throws IOException {
    float[] expected = logits(GOLDENS.resolve("nllb-tiny"));
    Path model = convert("nllb-tiny", "int8", Precision.int8());
    assertThat(worst(logits(model), expected)).isBetween(1e-4, .1);
    assertThat(worst(logits(() -> Cpu.fast(1), model), expected)).isBetween(1e-4, .2);
    try (Engine engine = Cpu.engine(1);
        LoadedTranslator loaded = LoadedTranslator.load(engine, model)) {
      assertThat(loaded.quantizations()).isEmpty();
    }
  }

  @Test
  void everyProductOfInt8IsCheckedAgainstTheFiles() throws IOException {
    Path model = convert("nllb-tiny", "checked", Precision.int8());
    ParityReport report =
        new Parity("checked", model, Parity.Reference.none(), null)
            .verify(() -> Cpu.engine(1), _ -> {});
    assertThat(report.verdict()).isEqualTo(Verdict.UNPROVEN);
    assertThat(report.execution())
        .hasSize(1 + 1 + 2 * 6 + 2 * 10)
        .allMatch(product -> product.measured().outcome() == ParityReport.Outcome.PASSED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8})
  void aTranslatorIsCheckedAgainstItselfWithoutAReference(int bits) throws IOException {
    Precision precision =
        bits == 0
            ? new Precision.Keep()
            : new Precision.Affine(Recipe.uniform(bits, 32), new Precision.Keep());
    Path model = convert("nllb-tiny", "checked", precision);
    ParityReport report =
        new Parity("checked", model, Parity.Reference.none(), null)
            .verify(() -> Cpu.engine(1), _ -> {});
    assertThat(report.verdict()).isEqualTo(Verdict.UNPROVEN);
    assertThat(report.checks())
        .hasSize(3)
        .allMatch(check -> check.outcome() == ParityReport.Outcome.PASSED);
    assertThat(report.execution()).hasSize(bits == 0 ? 0 : 1 + 1 + 2 * 6 + 2 * 10);
  }
}
