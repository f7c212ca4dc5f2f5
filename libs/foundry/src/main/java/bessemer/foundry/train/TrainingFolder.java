package bessemer.foundry.train;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.BadRequestException;
import bessemer.models.AdapterConfig;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.optim.Optimizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What a run leaves on the disk:
///
/// | file | holds |
/// |---|---|
/// | `adapters.safetensors`, `adapter_config.json` | the adapters as of the last checkpoint, as mlx-lm reads them |
/// | `checkpoints/step-…/` | adapters, the optimizer's moments, and what the run was asked for |
/// | `metrics.jsonl` | a line for each step and each validation |
/// | `loss.svg`, `report.html` | the same, to look at |
///
/// A checkpoint appears by one rename; the last two are kept.
record TrainingFolder(Path directory) {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String STATE = "training.json";
  private static final String MOMENTS = "optimizer.safetensors";
  private static final int KEPT = 2;

  /// What a checkpoint belongs to. A run goes on only where all of it is the same.
  ///
  /// @param model its configuration's SHA-256, and names and sizes of its weights
  /// @param data the examples' SHA-256
  /// @param valid the same of those for validation; empty without a file
  record State(
      String format,
      int version,
      long step,
      LoraSettings settings,
      String model,
      String data,
      String valid) {
    static final String FORMAT = "bessemer-training";

    State(long step, LoraSettings settings, String model, String data, String valid) {
      this(FORMAT, 1, step, settings, model, data, valid);
    }

    State at(long other) {
      return new State(other, settings, model, data, valid);
    }

    /// @throws BadRequestException naming what differs
    void requireSame(State asked, Path checkpoint) {
      boolean steady = settings.descent().curve() == LoraSettings.Curve.CONSTANT;
      LoraSettings wanted = steady ? asked.settings.withSteps(settings.steps()) : asked.settings;
      String differs =
          !model.equals(asked.model)
              ? "another model"
              : !data.equals(asked.data) || !valid.equals(asked.valid)
                  ? "other examples"
                  : !settings.equals(wanted) ? "other settings: " + settings : "";
      if (!differs.isEmpty()) {
        throw new BadRequestException(
            "%s was trained with %s; take the same, or another --out"
                .formatted(checkpoint, differs));
      }
    }
  }

  Path metrics() {
    return directory.resolve("metrics.jsonl");
  }

  private Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  /// A new folder.
  ///
  /// @throws BadRequestException if there is something in it
  void create() throws IOException {
    if (Files.isDirectory(directory)) {
      try (Stream<Path> found = Files.list(directory)) {
        if (found.findAny().isPresent()) {
          throw new BadRequestException(
              directory + " is not empty; go on there with --resume, or name another --out");
        }
      }
    }
    Files.createDirectories(checkpoints());
  }

  /// The newest checkpoint.
  Path latest() throws IOException {
    List<Path> all = all();
    if (all.isEmpty()) {
      throw new BadRequestException(
          directory + " has no checkpoint to go on from; remove it and start without --resume");
    }
    return all.getLast();
  }

  private List<Path> all() throws IOException {
    if (!Files.isDirectory(checkpoints())) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(checkpoints())) {
      return found
          .filter(path -> path.getFileName().toString().startsWith("step-"))
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }

  static State state(Path checkpoint) throws IOException {
    Path file = checkpoint.resolve(STATE);
    try {
      State state = MAPPER.readValue(Files.readAllBytes(file), State.class);
      if (!State.FORMAT.equals(state.format) || state.version != 1) {
        throw new BadCheckpointException(file, "is no checkpoint that this program reads");
      }
      return state;
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "is damaged: " + e.getOriginalMessage(), e);
    }
  }

  Path save(State state, List<Parameter> parameters, Optimizer optimizer) throws IOException {
    Path whole = checkpoints().resolve("step-%08d".formatted(state.step));
    Path part = checkpoints().resolve("." + whole.getFileName() + ".part");
    remove(part);
    Files.createDirectories(part);
    SequencedMap<String, Tensor> adapters = new LinkedHashMap<>();
    parameters.forEach(parameter -> adapters.put(parameter.path(), parameter.value()));
    TensorFile.write(part.resolve(AdapterConfig.WEIGHTS), adapters);
    TensorFile.write(part.resolve(MOMENTS), optimizer.state());
    Files.write(part.resolve(AdapterConfig.FILE), state.settings.adapter().json());
    Files.write(part.resolve(STATE), MAPPER.writeValueAsBytes(state));
    remove(whole);
    Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
    replace(AdapterConfig.FILE, state.settings.adapter().json());
    TensorFile.write(directory.resolve(AdapterConfig.WEIGHTS), adapters);
    for (Path old : all().reversed().stream().skip(KEPT).toList()) {
      remove(old);
    }
    return whole;
  }

  static void restore(
      Path checkpoint, Engine engine, List<Parameter> parameters, Optimizer optimizer)
      throws IOException {
    try (Scope _ = engine.scope()) {
      Path file = checkpoint.resolve(AdapterConfig.WEIGHTS);
      SequencedMap<String, Tensor> adapters = TensorFile.read(file, engine);
      for (Parameter parameter : parameters) {
        Tensor saved = adapters.get(parameter.path());
        if (saved == null || !saved.shape().equals(parameter.shape())) {
          throw new BadCheckpointException(file, "lacks " + parameter);
        }
        parameter.set(saved);
      }
      optimizer.restore(
          state(checkpoint).step, TensorFile.read(checkpoint.resolve(MOMENTS), engine));
    }
  }

  /// The measurements up to a step; those after it are taken out of the file.
  List<Metric> keepMetrics(long step) throws IOException {
    List<Metric> kept =
        Metric.parse(Files.readAllLines(metrics()), metrics()).stream()
            .filter(metric -> metric.step() <= step)
            .toList();
    var lines = new StringBuilder();
    kept.forEach(metric -> lines.append(metric.json()).append('\n'));
    replace("metrics.jsonl", lines.toString().getBytes(StandardCharsets.UTF_8));
    return kept;
  }

  void append(Metric metric) throws IOException {
    Files.writeString(
        metrics(), metric.json() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  void replace(String name, byte[] content) throws IOException {
    Path part = directory.resolve("." + name + ".part");
    Files.write(part, content);
    Files.move(
        part,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
