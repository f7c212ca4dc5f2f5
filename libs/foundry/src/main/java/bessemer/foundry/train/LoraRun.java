package bessemer.foundry.train;

import bessemer.foundry.FileHash;
import bessemer.models.AdapterConfig;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.nn.LowRankUpdate;
import bessemer.tensor.nn.Source;
import bessemer.tensor.optim.AdamW;
import bessemer.tensor.optim.Optimizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/// Fine-tunes low-rank adapters of a model, from its first step or from the last checkpoint of an
/// interrupted run: on the cpu the losses that follow are then the same to the bit, because batches
/// and random numbers depend on seed and step alone.
public final class LoraRun {
  private final LoraRequest request;
  private final LoraSettings settings;
  private final Engine engine;
  private final TrainingListener listener;
  private final LongSupplier nanos;
  private final TrainingFolder folder;
  private final List<Metric> metrics = new ArrayList<>();

  /// @param nanos the clock
  public LoraRun(
      LoraRequest request, Engine engine, TrainingListener listener, LongSupplier nanos) {
    this.request = request;
    this.settings = request.settings();
    this.engine = engine;
    this.listener = listener;
    this.nanos = nanos;
    this.folder = new TrainingFolder(request.out());
  }

  /// A model whose adapters are trained.
  private record Adapted(LoadedModel loaded, List<Parameter> parameters, LowRankUpdate update)
      implements AutoCloseable {
    @Override
    public void close() {
      loaded.close();
    }
  }

  /// Trains to the end.
  ///
  /// @param cache where the tokenizer's library is unpacked
  /// @return every measurement, those before an interruption included
  public List<Metric> run(Path cache) throws IOException {
    try (Adapted adapted = adapt()) {
      TrainingData data = TrainingData.read(request, adapted.loaded.model().contextLength(), cache);
      data.notes().forEach(listener::note);
      var optimizer = new AdamW(adapted.parameters, settings.descent().adamW());
      var state =
          new TrainingFolder.State(0, settings, fingerprint(), data.sha256(), data.validSha256());
      long begun = begin(state, adapted, optimizer);
      train(state.at(begun), adapted, optimizer, data);
      return List.copyOf(metrics);
    }
  }

  private Adapted adapt() throws IOException {
    AdapterConfig config = settings.adapter();
    LowRankUpdate update = config.update();
    int layers = LoadedModel.layers(request.model());
    var fresh = new Source.Fresh(engine, new SplittableRandom(settings.seed()));
    LoadedModel loaded =
        LoadedModel.load(
            engine,
            request.model(),
            base -> new Source.Adapted(base, fresh, update, config.selects(layers)));
    return new Adapted(loaded, fresh.trainable(), update);
  }

  /// Returns the steps that are done already.
  private long begin(TrainingFolder.State asked, Adapted adapted, Optimizer optimizer)
      throws IOException {
    if (!request.resume()) {
      folder.create();
      return 0;
    }
    Path checkpoint = folder.latest();
    TrainingFolder.State saved = TrainingFolder.state(checkpoint);
    saved.requireSame(asked, checkpoint);
    TrainingFolder.restore(checkpoint, engine, adapted.parameters, optimizer);
    metrics.addAll(folder.keepMetrics(saved.step()));
    listener.note("going on after step " + saved.step());
    return saved.step();
  }

  /// The model, as far as a glance tells.
  private String fingerprint() throws IOException {
    var text = new StringBuilder(FileHash.sha256(request.model().resolve("config.json")));
    try (var files = Files.list(request.model())) {
      for (Path file : files.sorted().toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".safetensors") || name.endsWith(".bin") || name.endsWith(".pt")) {
          text.append(", %s %d bytes".formatted(name, Files.size(file)));
        }
      }
    }
    return text.toString();
  }

  private void train(
      TrainingFolder.State begun, Adapted adapted, Optimizer optimizer, TrainingData data)
      throws IOException {
    var trainer =
        new Trainer(
            new Trainer.Subject(
                engine,
                adapted.loaded.model(),
                adapted.parameters,
                request.keep(),
                adapted.update.dropout(),
                optimizer,
                settings.descent().clip()),
            nanos);
    var order = new Order(data.train(), settings.batch(), settings.seed());
    if (begun.step() == 0) {
      validate(0, trainer, data);
    }
    for (long step = begun.step(); step < settings.steps(); step++) {
      Metric.Trained trained = step(step, trainer, order);
      record(trained);
      listener.trained(trained, settings.steps());
      if (request.cadence().evaluates(step + 1, settings.steps())) {
        validate(step + 1, trainer, data);
      }
      if (request.cadence().saves(step + 1, settings.steps())) {
        Path saved = folder.save(begun.at(step + 1), adapted.parameters, optimizer);
        TrainingReport.write(folder, request, metrics);
        listener.saved(saved);
      }
    }
  }

  private Metric.Trained step(long step, Trainer trainer, Order order) {
    long begun = nanos.getAsLong();
    int parts = settings.accumulate();
    List<Batch> batches =
        LongStream.range(step * parts, (step + 1) * parts).mapToObj(order::batch).toList();
    float rate = settings.rate(step);
    Trainer.Stepped done = trainer.step(batches, rate, settings.seed() * 1_000_003 + step);
    if (!Double.isFinite(done.loss())) {
      throw new DivergedException(
          "the loss of step %d is %s: lower --learning-rate (now %s) or --scale"
              .formatted(step + 1, done.loss(), rate));
    }
    var seconds =
        new Metric.Seconds(
            (nanos.getAsLong() - begun) / 1e9,
            done.forwardNanos() / 1e9,
            done.backwardNanos() / 1e9,
            done.optimizerNanos() / 1e9);
    return new Metric.Trained(
        step + 1,
        done.loss(),
        rate,
        done.gradientNorm(),
        done.tokens(),
        done.predictions(),
        seconds);
  }

  private void validate(long step, Trainer trainer, TrainingData data) throws IOException {
    if (!data.valid().isEmpty()) {
      var validated = new Metric.Validated(step, trainer.loss(data.valid()));
      record(validated);
      listener.validated(validated);
    }
  }

  private void record(Metric metric) throws IOException {
    metrics.add(metric);
    folder.append(metric);
  }
}
