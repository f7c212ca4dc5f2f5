package bessemer.foundry.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bessemer.checkpoint.Checkpoint;
import bessemer.models.AdapterConfig;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Keep;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.LowRankUpdate;
import bessemer.tensor.nn.Source;
import bessemer.tensor.optim.AdamW;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// 50 steps of LoRA on the bundled model, against the losses that PyTorch recorded for the same
/// examples, first adapters and settings (`tools/goldens/training.py`).
class LoraCurveTest {
  private static final Path MODEL = Path.of("../../examples/tiny-llama");
  private static final Path RECORDED = Path.of("src/test/resources/lora");

  private final JsonNode curve = new JsonMapper().readTree(RECORDED.resolve("curve.json"));

  @Test
  void theLossesAreThoseOfPyTorch() throws IOException {
    LoraSettings settings = settings();
    LowRankUpdate update = settings.adapter().update();
    try (Engine engine = Cpu.engine(2)) {
      var fresh = new Source.Fresh(engine, new Random(1));
      try (LoadedModel loaded =
          LoadedModel.load(
              engine,
              MODEL,
              base -> new Source.Adapted(base, fresh, update, settings.adapter().selects(6)))) {
        start(engine, fresh.trainable());
        var trainer = new Trainer(subject(engine, loaded, fresh, settings), () -> 0);
        for (int step = 0; step < settings.steps(); step++) {
          List<Batch> batch = List.of(Batch.of(examples(curve.get("batches").get(step))));
          Trainer.Stepped done = trainer.step(batch, settings.rate(step), 0);
          double expected = curve.get("losses").get(step).asDouble();
          assertThat(done.loss()).as("loss of step %d", step).isCloseTo(expected, within(1e-3));
          double norm = curve.get("norms").get(step).asDouble();
          assertThat(done.gradientNorm())
              .as("norm of step %d", step)
              .isCloseTo((float) norm, within(2e-3f * (float) Math.max(1, norm)));
        }
      }
    }
  }

  private static Trainer.Subject subject(
      Engine engine, LoadedModel loaded, Source.Fresh fresh, LoraSettings settings) {
    return new Trainer.Subject(
        engine,
        loaded.model(),
        fresh.trainable(),
        Keep.ALL,
        settings.adapter().update().dropout(),
        new AdamW(fresh.trainable(), settings.descent().adamW()),
        settings.descent().clip());
  }

  private LoraSettings settings() {
    JsonNode s = curve.get("settings");
    List<String> keys = s.get("keys").valueStream().map(JsonNode::asString).toList();
    var adapter =
        new AdapterConfig(
            s.get("rank").asInt(),
            (float) s.get("scale").asDouble(),
            0,
            s.get("layers").asInt(),
            keys);
    var descent =
        new LoraSettings.Descent(
            (float) s.get("learning_rate").asDouble(),
            LoraSettings.Curve.COSINE,
            s.get("warmup").asInt(),
            (float) s.get("weight_decay").asDouble(),
            (float) s.get("clip").asDouble());
    return new LoraSettings(adapter, s.get("steps").asInt(), 4, 1, 64, false, 0, descent, 0);
  }

  /// The matrices A of PyTorch; B is zero in both.
  private static void start(Engine engine, List<Parameter> parameters) throws IOException {
    try (Checkpoint start = Checkpoint.open(RECORDED.resolve("start.safetensors"));
        Scope _ = engine.scope()) {
      assertThat(parameters).hasSize(2 * start.tensors().size());
      for (Parameter parameter : parameters) {
        if (parameter.path().endsWith("lora_a")) {
          float[] values = start.data(parameter.path()).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
          parameter.set(engine.of(values, parameter.shape()));
        }
      }
    }
  }

  private static List<Example> examples(JsonNode rows) {
    List<Example> examples = new ArrayList<>();
    for (JsonNode row : rows) {
      int[] tokens = row.get("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
      boolean[] counted = new boolean[tokens.length];
      Arrays.fill(counted, row.get("prompt").asInt(), tokens.length, true);
      examples.add(new Example(tokens, counted));
    }
    return examples;
  }
}
