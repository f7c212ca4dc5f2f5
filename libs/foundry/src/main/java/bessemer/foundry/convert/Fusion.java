package bessemer.foundry.convert;

import bessemer.checkpoint.IndexFile;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import bessemer.foundry.Progress;
import bessemer.models.AdapterConfig;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Makes one model of a model and its adapters, in the layout that conversion writes. Weights
/// without an adapter are the source's, byte for byte; a quantized source stays quantized, with the
/// same bits and groups, or is turned back.
public final class Fusion {
  /// @param dequantize turns a quantized source into floating point
  public record Request(
      Path model, Path adapter, Path output, boolean dequantize, boolean replace) {}

  private final Request request;
  private final ConversionSpec spec;
  private final SourceModel source;
  private final Map<String, LowRankDelta> deltas;
  private final Plan plan;

  private Fusion(Request request, ConversionSpec spec, SourceModel source) throws IOException {
    this.request = request;
    this.spec = spec;
    this.source = source;
    if (request.dequantize && source.quantized().isEmpty()) {
      throw new BadRequestException("the model is not quantized; leave out --dequantize");
    }
    deltas = LowRankDelta.read(request.adapter, source.layout());
    var planner = new Planner(source, spec);
    plan = request.dequantize ? planner.plan() : planner.unchanged();
  }

  /// The output appears by one rename.
  ///
  /// @throws bessemer.checkpoint.BadCheckpointException if model or adapters cannot be used
  /// @throws BadRequestException if the output exists, or the choices do not fit the model
  public static void fuse(Request request, Progress progress) throws IOException {
    var floats = new Precision.Keep();
    var spec =
        new ConversionSpec(
            request.model,
            request.output,
            request.dequantize ? new Precision.Dequantized(floats) : floats,
            Origin.directory(
                String.valueOf(request.model.toAbsolutePath().normalize().getFileName())),
            Limits.standard(),
            request.replace);
    try (SourceModel source = SourceModel.open(spec.source());
        Workspace workspace = Workspace.open(spec.output(), spec.replace())) {
      try {
        new Fusion(request, spec, source).write(workspace, progress);
        workspace.publish();
      } catch (Throwable t) {
        workspace.remove();
        throw t;
      }
    }
  }

  private void write(Workspace workspace, Progress progress) throws IOException {
    workspace.begin(plan);
    progress.step("fuse");
    progress.total(plan.tensors().mapToLong(TensorPlan::sourceBytes).sum());
    Map<String, String> written = new TreeMap<>();
    for (ShardPlan shard : plan.shards()) {
      Path file = workspace.model().resolve(shard.file());
      Files.deleteIfExists(file); // of an interrupted run, perhaps with other adapters
      written.put(shard.file(), write(shard, file, progress));
    }
    progress.step("assemble");
    assemble(workspace.model(), written);
  }

  private String write(ShardPlan shard, Path file, Progress progress) throws IOException {
    try (SafetensorsWriter out =
        SafetensorsWriter.create(file, shard.outputs(), Map.of("format", "mlx"))) {
      for (TensorPlan tensor : shard.tensors()) {
        LowRankDelta delta = deltas.get(tensor.module());
        if (delta != null && tensor.name().endsWith(".weight")) {
          new FusedTensor(source, tensor, delta).write(out);
        } else {
          keep(tensor, out);
        }
        progress.advance(tensor.sourceBytes());
      }
      return out.finish();
    }
  }

  private void keep(TensorPlan tensor, SafetensorsWriter out) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      if (tensor.action() instanceof Action.Dequantize) {
        try (Tile.Sides sides = Tile.Sides.of(tensor)) {
          var tile = new Tile(source, tensor, 0, tensor.rows(), sides);
          MemorySegment whole = arena.allocate(tile.bytes(), 64);
          out.append(tensor.name(), tile.convert(whole, new float[Tile.BLOCK], arena));
        }
      } else {
        for (String name : source.stored(tensor.name())) {
          out.append(name, source.checkpoint().data(name));
        }
      }
    }
  }

  private void assemble(Path model, Map<String, String> written) throws IOException {
    boolean quantized = !request.dequantize && !source.quantized().isEmpty();
    JsonFiles.write(
        model.resolve("config.json"),
        quantized ? source.config().fields() : MlxConfig.of(source, plan, spec.precision()));
    Path index = model.resolve("model.safetensors.index.json");
    Files.deleteIfExists(index);
    IndexFile.write(
        index, plan.shards().stream().map(ShardPlan::shard).toList(), source.parameters());
    SideFiles.copy(source.directory(), model);
    JsonFiles.write(model.resolve("README.md"), card().getBytes(StandardCharsets.UTF_8));
    JsonFiles.write(model.resolve(Lineage.FILE), lineage(written));
  }

  private Lineage lineage(Map<String, String> written) throws IOException {
    Map<String, String> read = new TreeMap<>();
    for (Path file : source.checkpoint().files()) {
      read.put(String.valueOf(file.getFileName()), FileHash.sha256(file));
    }
    for (String name : List.of(AdapterConfig.WEIGHTS, AdapterConfig.FILE)) {
      read.put(name, FileHash.sha256(request.adapter.resolve(name)));
    }
    return new Lineage(
        "bessemer-model",
        1,
        Lineage.State.UNPROVEN,
        spec.origin().name(),
        "",
        read,
        written,
        "fused with adapters; " + (request.dequantize ? "dequantized" : "else as in the source"),
        plan.version(),
        plan.dropped());
  }

  private String card() {
    return """
    ---
    library_name: mlx
    tags:
    - mlx
    pipeline_tag: text-generation
    ---

    # %s

    Weights of %s with the low-rank adapters %s in them, in MLX's format, fused by Bessemer.
    `bessemer.json` says what was read and written.
    """
        .formatted(
            spec.title(),
            spec.origin().name(),
            request.adapter.toAbsolutePath().normalize().getFileName());
  }
}
