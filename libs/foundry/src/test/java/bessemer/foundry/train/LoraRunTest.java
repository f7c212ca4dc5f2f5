package bessemer.foundry.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.Progress;
import bessemer.foundry.convert.Conversion;
import bessemer.foundry.convert.ConversionSpec;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.convert.Lineage;
import bessemer.foundry.convert.Precision;
import bessemer.foundry.convert.Recipe;
import bessemer.models.AdapterConfig;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Keep;
import bessemer.tensor.cpu.Cpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraRunTest {
  private static final Path MODEL = Path.of("../../examples/tiny-llama");
  private static final Path DATA = Path.of("../../examples/fine-tune/forge.jsonl");

  @TempDir Path folder;

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /// Ends the run when a step is done, as a kill would.
  private record KilledAfter(long step) implements TrainingListener {
    @Override
    public void note(String line) {}

    @Override
    public void trained(Metric.Trained done, long steps) {
      if (done.step() == step) {
        throw new Killed();
      }
    }

    @Override
    public void validated(Metric.Validated result) {}

    @Override
    public void saved(Path checkpoint) {}
  }

  private LoraRequest request(Path out, long steps, float dropout, boolean resume) {
    return request(MODEL, out, steps, dropout, resume);
  }

  private LoraRequest request(Path model, Path out, long steps, float dropout, boolean resume) {
    var adapter = new AdapterConfig(4, 4, dropout, 2, List.of("self_attn.v_proj", "mlp.down_proj"));
    var descent = new LoraSettings.Descent(2e-3f, LoraSettings.Curve.CONSTANT, 2, 0.01f, 1);
    var settings = new LoraSettings(adapter, steps, 3, 2, 64, false, 0.2, descent, 7);
    var cadence = new LoraRequest.Cadence(4, 5, 2);
    return new LoraRequest(model, DATA, null, out, settings, cadence, Keep.ALL, resume);
  }

  private List<Metric> run(LoraRequest request, int threads, TrainingListener listener)
      throws IOException {
    try (Engine engine = Cpu.engine(threads)) {
      return new LoraRun(request, engine, listener, () -> 0).run(folder.resolve("cache"));
    }
  }

  private static TrainingListener nobody() {
    return new KilledAfter(-1);
  }

  @Test
  void aRunThatWasKilledGoesOnWithTheSameLossesToTheBit() throws IOException {
    Path straight = folder.resolve("straight");
    Path killed = folder.resolve("killed");
    List<Metric> expected = run(request(straight, 10, 0.2f, false), 2, nobody());
    assertThatThrownBy(() -> run(request(killed, 10, 0.2f, false), 1, new KilledAfter(7)))
        .isInstanceOf(Killed.class);
    assertThat(Files.readAllLines(killed.resolve("metrics.jsonl"))).hasSize(7 + 2);
    List<Metric> resumed = run(request(killed, 10, 0.2f, true), 2, nobody());
    assertThat(resumed).isEqualTo(expected);
    assertThat(Files.readString(killed.resolve("metrics.jsonl")))
        .isEqualTo(Files.readString(straight.resolve("metrics.jsonl")));
    assertThat(killed.resolve("adapters.safetensors"))
        .hasSameBinaryContentAs(straight.resolve("adapters.safetensors"));
    assertThat(killed.resolve("checkpoints/step-00000010/optimizer.safetensors"))
        .hasSameBinaryContentAs(
            straight.resolve("checkpoints/step-00000010/optimizer.safetensors"));
  }

  @Test
  void blocksThatAreComputedAgainChangeNoBit() throws IOException {
    LoraRequest all = request(folder.resolve("all"), 6, 0.3f, false);
    var sections =
        new LoraRequest(
            MODEL,
            DATA,
            null,
            folder.resolve("sections"),
            all.settings(),
            all.cadence(),
            Keep.SECTIONS,
            false);
    assertThat(run(sections, 2, nobody())).isEqualTo(run(all, 2, nobody()));
  }

  @Test
  void trainingLowersTheLossOfExamplesThatItDoesNotSee() throws IOException {
    Path out = folder.resolve("out");
    List<Metric> metrics = run(request(out, 30, 0, false), 2, nobody());
    List<Metric.Validated> validated =
        metrics.stream()
            .filter(Metric.Validated.class::isInstance)
            .map(Metric.Validated.class::cast)
            .toList();
    assertThat(validated.getFirst().step()).isZero();
    assertThat(validated.getLast().step()).isEqualTo(30);
    assertThat(validated.getLast().loss()).isLessThan(validated.getFirst().loss() / 3);
    assertThat(Files.readString(out.resolve("loss.svg"))).startsWith("<svg xmlns");
    assertThat(Files.readString(out.resolve("report.html"))).contains("<svg", "rank 4, scale 4.0");
    try (Stream<Path> kept = Files.list(out.resolve("checkpoints"))) {
      assertThat(kept.map(path -> path.getFileName().toString()).sorted())
          .containsExactly("step-00000025", "step-00000030");
    }
  }

  @Test
  void adaptersAreWrittenAsMlxLmReadsThem() throws IOException {
    Path out = folder.resolve("out");
    run(request(out, 5, 0, false), 2, nobody());
    assertThat(AdapterConfig.read(out)).isEqualTo(request(out, 5, 0, false).settings().adapter());
    try (Checkpoint adapters = Checkpoint.open(out.resolve("adapters.safetensors"))) {
      assertThat(adapters.tensors().keySet())
          .containsExactlyInAnyOrder(
              "model.layers.4.self_attn.v_proj.lora_a",
              "model.layers.4.self_attn.v_proj.lora_b",
              "model.layers.4.mlp.down_proj.lora_a",
              "model.layers.4.mlp.down_proj.lora_b",
              "model.layers.5.self_attn.v_proj.lora_a",
              "model.layers.5.self_attn.v_proj.lora_b",
              "model.layers.5.mlp.down_proj.lora_a",
              "model.layers.5.mlp.down_proj.lora_b");
      assertThat(adapters.tensors().get("model.layers.5.mlp.down_proj.lora_a").shape())
          .containsExactly(384L, 4L);
    }
    try (Engine engine = Cpu.engine(1);
        LoadedModel adapted = LoadedModel.load(engine, MODEL, out)) {
      assertThat(adapted.model().layers()).isEqualTo(6);
    }
  }

  @Test
  void adaptersAroundQuantizedWeightsLearn() throws IOException {
    Path quantized = folder.resolve("four");
    var affine = new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep());
    try (Conversion conversion =
        Conversion.open(
            new ConversionSpec(MODEL, quantized, affine), Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      conversion.check();
      conversion.settle(Lineage.State.UNPROVEN);
    }
    List<Metric> metrics =
        run(request(quantized, folder.resolve("out"), 30, 0, false), 2, nobody());
    double first = ((Metric.Validated) metrics.getFirst()).loss();
    double last = ((Metric.Validated) metrics.getLast()).loss();
    assertThat(last).isLessThan(first / 3);
  }

  @Test
  void refusesToGoOnWithOtherExamplesSettingsOrNothing() throws IOException {
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> run(request(out, 5, 0, true), 1, nobody()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("has no checkpoint to go on from");
    run(request(out, 5, 0, false), 1, nobody());
    assertThatThrownBy(() -> run(request(out, 5, 0, false), 1, nobody()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("is not empty; go on there with --resume");
    assertThatThrownBy(() -> run(request(out, 5, 0.5f, true), 1, nobody()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("other settings");
    Path data = Files.write(folder.resolve("other.jsonl"), Files.readAllBytes(DATA));
    Files.writeString(data, Files.readString(DATA).replace("Rome", "Paris"));
    LoraRequest same = request(out, 5, 0, true);
    var other =
        new LoraRequest(MODEL, data, null, out, same.settings(), same.cadence(), Keep.ALL, true);
    assertThatThrownBy(() -> run(other, 1, nobody()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("other examples");
  }
}
