package bessemer.cli;

import bessemer.foundry.train.DivergedException;
import bessemer.foundry.train.LoraRequest;
import bessemer.foundry.train.LoraRun;
import bessemer.foundry.train.LoraSettings;
import bessemer.foundry.train.Metric;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Keep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "lora",
    mixinStandardHelpOptions = true,
    description = {
      "Fine-tunes a model by low-rank adapters, which mlx-lm loads as well.",
      "The model itself stays as it is, quantized or not. Examples are JSON lines:",
      "{\"messages\": [...]}, {\"text\": ...} or {\"prompt\": ..., \"completion\": ...}."
    })
final class TrainLora implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "Examples to train on.")
  private Path data = Path.of("");

  @Option(names = "--valid", paramLabel = "FILE", description = "Examples for validation.")
  private @Nullable Path valid;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where adapters, checkpoints and report go.")
  private Path out = Path.of("");

  @Mixin private final LoraOptions options = new LoraOptions();

  @Option(
      names = "--eval-every",
      paramLabel = "N",
      description = "Steps between validations. Default ${DEFAULT-VALUE}.")
  private long evaluateEvery = 50;

  @Option(
      names = "--eval-batches",
      paramLabel = "N",
      description = "Batches of a validation, the most. Default ${DEFAULT-VALUE}.")
  private int evaluateBatches = 25;

  @Option(
      names = "--save-every",
      paramLabel = "N",
      description = "Steps between checkpoints. Default ${DEFAULT-VALUE}.")
  private long saveEvery = 50;

  @Option(
      names = "--grad-checkpoint",
      description = {
        "Keep what goes into each block and compute the block again for its gradient: less memory,",
        "more time, the same numbers."
      })
  private boolean recomputes;

  @Option(names = "--resume", description = "Go on from the last checkpoint in --out.")
  private boolean resume;

  @Mixin private final Computing computing = new Computing();
  @Mixin private final Local local = new Local();

  @Option(names = "--json", description = "Print the measurements as JSON lines.")
  private boolean json;

  TrainLora(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    local.require("train lora", model);
    Path directory = ModelArgument.resolve(model, home);
    LoraSettings settings = options.settings(LoadedModel.layers(directory), valid != null);
    var cadence = new LoraRequest.Cadence(evaluateEvery, saveEvery, evaluateBatches);
    Keep keep = recomputes ? Keep.SECTIONS : Keep.ALL;
    var request = new LoraRequest(directory, data, valid, out, settings, cadence, keep, resume);
    List<Metric> metrics;
    try (Engine engine = computing.exact().engine();
        var line = new TrainingLine(console, System::nanoTime)) {
      metrics = new LoraRun(request, engine, line, System::nanoTime).run(home.cache());
    } catch (DivergedException e) {
      throw new CommandException(Exit.FAILED, String.valueOf(e.getMessage()));
    }
    if (json) {
      metrics.forEach(metric -> console.out().println(metric.json()));
    }
    console.note("adapters and report.html: " + out);
    console.note("try them: bessemer generate %s --adapter %s --prompt …".formatted(model, out));
    return Exit.OK.code();
  }
}
