package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.foundry.Progress;
import bessemer.foundry.parity.Parity;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.Verdict;
import bessemer.mlx.BuiltMlx;
import bessemer.models.LoadedTranslator;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.mlx.Mlx;
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
    int[] source = {30, 9, 4, 22, 17, 8, 2};
    int[] target = {2, 29, 12, 5, 20};
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
  @ValueSource(strings = {"lingolite-tiny", "lingolite-uneven", "lingolite-trained"})
  void everyShapeOfLingoLitesFilesBecomesTheSameModelWithItsEmbeddingOnce(String source)
      throws IOException {
    Path model = convert(source, "fp32", new Precision.Keep());
    assertThat(logits(model)).isEqualTo(logits(GOLDENS.resolve(source)));
    try (Checkpoint made = Checkpoint.open(model)) {
      assertThat(made.tensors().keySet())
          .contains("encoder.embedding.weight")
          .doesNotContain("decoder.embedding.weight")
          .noneMatch(name -> name.startsWith("_orig_mod"));
    }
    ConfigJson config = ConfigJson.read(model.resolve("config.json"));
    assertThat(config.modelType()).isEqualTo("lingolite");
    boolean tied = !source.endsWith("uneven");
    assertThat(config.bool("tie_word_embeddings")).isEqualTo(tied);
    if (source.endsWith("trained")) {
      assertThat(model.resolve("translation_tokenizer.model")).exists();
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

  @ParameterizedTest
  @CsvSource({
    "nllb-tiny, int8",
    "lingolite-tiny, int8",
    "nllb-tiny, bf16",
    "lingolite-tiny, 4 bit"
  })
  void onMlxAConvertedTranslatorComputesTheSame(String source, String form) throws IOException {
    BuiltMlx.orSkip();
    Precision precision =
        switch (form) {
          case "int8" -> Precision.int8();
          case "bf16" -> new Precision.Full(DType.BF16);
          default -> new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep());
        };
    Path model = convert(source, "mlx", precision);
    float[] expected = logits(model);
    assertThat(worst(logits(() -> Mlx.engine(BuiltMlx.GPU), model), expected)).isLessThan(1e-4);
    assertThat(worst(logits(() -> Mlx.fast(BuiltMlx.GPU), model), expected)).isLessThan(1e-4);
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
  @CsvSource({
    "nllb-tiny, BF16, 0.1",
    "nllb-tiny, F16, 0.02",
    "lingolite-tiny, BF16, 0.2",
    "lingolite-tiny, F16, 0.02"
  })
  void roundedWeightsStayNear(String source, DType type, double bound) throws IOException {
    Path model = convert(source, "rounded", new Precision.Full(type));
    assertThat(worst(logits(model), logits(GOLDENS.resolve(source)))).isBetween(1e-6, bound);
  }

  @ParameterizedTest
  @CsvSource({
    "nllb-tiny, 8, 0.1, model.shared, 32",
    "nllb-tiny, 4, 1.5, model.shared, 32",
    "lingolite-tiny, 8, 0.2, encoder.embedding, 36",
    "lingolite-tiny, 4, 3, encoder.embedding, 36"
  })
  void quantizedWeightsStayNear(
      String source, int bits, double bound, String embedding, int linears) throws IOException {
    var precision = new Precision.Affine(Recipe.uniform(bits, 32), new Precision.Keep());
    Path model = convert(source, "quantized", precision);
    assertThat(worst(logits(model), logits(GOLDENS.resolve(source)))).isBetween(1e-4, bound);
    try (Engine engine = Cpu.engine(1);
        LoadedTranslator loaded = LoadedTranslator.load(engine, model)) {
      assertThat(loaded.quantizations()).hasSize(1 + linears).containsKey(embedding);
    }
  }

  @ParameterizedTest
  @CsvSource({"nllb-tiny, 0, 34", "nllb-tiny, 8, 34", "lingolite-tiny, 8, 38"})
  void aTranslatorIsCheckedAgainstItselfWithoutAReference(String source, int bits, int products)
      throws IOException {
    Precision precision =
        bits == 0
            ? new Precision.Keep()
            : new Precision.Affine(Recipe.uniform(bits, 32), new Precision.Keep());
    Path model = convert(source, "checked", precision);
    ParityReport report =
        new Parity("checked", model, Parity.Reference.none(), null)
            .verify(() -> Cpu.engine(1), _ -> {});
    assertThat(report.verdict()).isEqualTo(Verdict.UNPROVEN);
    assertThat(report.checks())
        .hasSize(5)
        .allMatch(check -> check.outcome() == ParityReport.Outcome.PASSED);
    assertThat(report.execution()).hasSize(bits == 0 ? 0 : products);
  }

  @ParameterizedTest
  @CsvSource({"fp32, PROVED", "bf16, PROVED", "fp16, PROVED", "4 bit, MEASURED"})
  void aConvertedTranslatorIsHeldAgainstWhatPyTorchMadeOfItsSource(String name, Verdict verdict)
      throws IOException {
    Precision precision =
        switch (name) {
          case "fp32" -> new Precision.Keep();
          case "bf16" -> new Precision.Full(DType.BF16);
          case "fp16" -> new Precision.Full(DType.F16);
          default -> new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep());
        };
    Path model = convert("nllb-trained", "proved", precision);
    var pack = new Parity.Reference.Pack(Path.of("src/test/resources/packs/nllb-trained"));
    ParityReport report = new Parity(name, model, pack, null).verify(() -> Cpu.engine(1), _ -> {});
    assertThat(report.reasons()).isEmpty();
    assertThat(report.verdict()).isEqualTo(verdict);
    assertThat(report.checks()).hasSize(6);
    assertThat(report.checks())
        .filteredOn(check -> check.name().equals("one embedding"))
        .extracting(ParityReport.Check::detail)
        .containsExactly("model.shared.weight, stored once");
  }
}
