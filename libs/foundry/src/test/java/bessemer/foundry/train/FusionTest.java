package bessemer.foundry.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.Progress;
import bessemer.foundry.convert.Conversion;
import bessemer.foundry.convert.ConversionSpec;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.convert.Fusion;
import bessemer.foundry.convert.Lineage;
import bessemer.foundry.convert.Precision;
import bessemer.foundry.convert.Recipe;
import bessemer.models.AdapterConfig;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FusionTest {
  private static final Path MODEL = Path.of("../../examples/tiny-llama");
  private static final int[] TOKENS = {1, 4, 77, 300, 12, 639, 5, 81, 2};
  private static final AdapterConfig CONFIG = new AdapterConfig(4, 2, 0, 3, AdapterConfig.ALL_KEYS);

  @TempDir Path folder;

  private Path converted(String name, Precision precision) throws IOException {
    Path out = folder.resolve(name);
    try (Conversion conversion =
        Conversion.open(
            new ConversionSpec(MODEL, out, precision), Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      conversion.check();
      conversion.settle(Lineage.State.UNPROVEN);
    }
    return out;
  }

  /// Adapters of random numbers, large enough to change every answer.
  private Path adapters(AdapterConfig config) throws IOException {
    Path directory = Files.createDirectories(folder.resolve("adapters"));
    var random = new Random(9);
    try (Engine engine = Cpu.engine(1);
        Scope _ = engine.scope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      for (int layer = 3; layer < 6; layer++) {
        for (String key : CONFIG.keys()) {
          String path = "model.layers.%d.%s.".formatted(layer, key);
          int in = key.equals("mlp.down_proj") ? 384 : 128;
          int out = key.matches(".*(gate|up)_proj") ? 384 : key.matches(".*[kv]_proj") ? 64 : 128;
          tensors.put(path + "lora_a", random(engine, random, in, config.rank()));
          tensors.put(path + "lora_b", random(engine, random, config.rank(), out));
        }
      }
      TensorFile.write(directory.resolve(AdapterConfig.WEIGHTS), tensors);
    }
    Files.write(directory.resolve(AdapterConfig.FILE), config.json());
    return directory;
  }

  private static Tensor random(Engine engine, Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * 0.05f;
    }
    return engine.of(values, rows, columns);
  }

  private static float[] logits(LoadedModel loaded, Engine engine) {
    try (Scope _ = engine.scope()) {
      Tensor tokens = engine.of(TOKENS, 1, TOKENS.length);
      return loaded.model().forward(Pass.of(tokens), Want.ALL).toFloats();
    }
  }

  private static float[] logits(Path model) throws IOException {
    try (Engine engine = Cpu.engine(2);
        LoadedModel loaded = LoadedModel.load(engine, model)) {
      return logits(loaded, engine);
    }
  }

  private static float[] logits(Path model, Path adapter) throws IOException {
    try (Engine engine = Cpu.engine(2);
        LoadedModel loaded = LoadedModel.load(engine, model, adapter)) {
      return logits(loaded, engine);
    }
  }

  private static double distance(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  private Path fused(Path model, Path adapter, boolean dequantize) throws IOException {
    Path out = folder.resolve("fused");
    Fusion.fuse(new Fusion.Request(model, adapter, out, dequantize, true), Progress.silent());
    return out;
  }

  @Test
  void aFusedModelComputesWhatModelAndAdaptersDo() throws IOException {
    Path model = converted("fp32", Precision.full("fp32"));
    Path adapter = adapters(CONFIG);
    float[] adapted = logits(model, adapter);
    assertThat(distance(adapted, logits(model))).isGreaterThan(0.5);
    Path fused = fused(model, adapter, false);
    double scale = 1;
    for (float value : adapted) {
      scale = Math.max(scale, Math.abs(value));
    }
    assertThat(distance(logits(fused), adapted)).isLessThan(1e-5 * scale);
    Lineage lineage = Lineage.read(fused);
    assertThat(lineage.source()).isEqualTo("fp32");
    assertThat(lineage.sourceSha256())
        .containsKeys("model.safetensors", "adapters.safetensors", "adapter_config.json");
    assertThat(fused.resolve("tokenizer.json")).exists();
    assertThat(folder).isDirectoryNotContaining("glob:**.bessemer-partial");
  }

  @Test
  void aQuantizedModelStaysQuantizedOrIsTurnedBack() throws IOException {
    var eight = new Precision.Affine(Recipe.uniform(8, 32), Precision.full("fp32"));
    Path model = converted("eight", eight);
    Path adapter = adapters(CONFIG);
    float[] adapted = logits(model, adapter);
    Path quantized = fused(model, adapter, false);
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(quantized)) {
      assertThat(after.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(before.tensors().keySet());
      String untouched = "model.layers.0.mlp.up_proj.weight";
      assertThat(after.data(untouched).mismatch(before.data(untouched))).isEqualTo(-1);
      String touched = "model.layers.5.mlp.up_proj.weight";
      assertThat(after.data(touched).mismatch(before.data(touched))).isNotNegative();
    }
    assertThat(distance(logits(quantized), adapted)).isLessThan(0.3);
    assertThat(Files.readString(quantized.resolve("config.json"))).contains("\"bits\": 8");
    Path plain = fused(model, adapter, true);
    assertThat(distance(logits(plain), adapted)).isLessThan(1e-3);
    assertThat(Files.readString(plain.resolve("config.json"))).doesNotContain("\"bits\"");
  }

  @Test
  void refusesAdaptersOfAnotherModelAndAnExistingOutput() throws IOException {
    Path adapter = adapters(CONFIG);
    Files.write(
        adapter.resolve(AdapterConfig.FILE),
        new AdapterConfig(8, 2, 0, 3, AdapterConfig.ALL_KEYS).json());
    assertThatThrownBy(() -> fused(MODEL, adapter, false))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("expected floating point numbers [128, 8], found F32 [128, 4]");
    Files.write(
        adapter.resolve(AdapterConfig.FILE),
        new AdapterConfig(4, 2, 0, 2, AdapterConfig.ALL_KEYS).json());
    assertThatThrownBy(() -> fused(MODEL, adapter, false))
        .hasMessageContaining("has tensors that go to no linear of the model");
    assertThatThrownBy(() -> logits(MODEL, adapter))
        .hasMessageContaining("is not used by the model");
    Path existing = Files.createDirectories(folder.resolve("existing"));
    var request = new Fusion.Request(MODEL, adapters(CONFIG), existing, false, false);
    assertThatThrownBy(() -> Fusion.fuse(request, Progress.silent()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("exists");
    assertThatThrownBy(() -> fused(MODEL, adapters(CONFIG), true))
        .hasMessageContaining("is not quantized; leave out --dequantize");
  }
}
