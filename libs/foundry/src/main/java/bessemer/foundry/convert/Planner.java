package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.StoredType;
import bessemer.foundry.BadRequestException;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Decides what becomes of each tensor and which file it goes to.
final class Planner {
  /// Raised when the same source and choices no longer give the same bytes.
  static final String VERSION = "1";

  private final SourceModel source;
  private final ConversionSpec spec;

  Planner(SourceModel source, ConversionSpec spec) {
    this.source = source;
    this.spec = spec;
  }

  Plan plan() throws IOException {
    requireFittingRequest();
    List<TensorPlan> tensors = new ArrayList<>();
    source.layout().shapes().forEach((name, shape) -> tensors.add(tensor(name, shape)));
    return plan(tensors);
  }

  /// The plan that leaves a source as it is, quantized tensors quantized.
  Plan unchanged() throws IOException {
    requireNoInt8();
    List<TensorPlan> tensors = new ArrayList<>();
    source
        .layout()
        .shapes()
        .forEach((name, shape) -> {
          StoredType type = writable(name, source.floats(name));
          Action action =
              source
                  .quantization(name)
                  .<Action>map(Action.Quantize::new)
                  .orElseGet(Action.Copy::new);
          tensors.add(new TensorPlan(name, type, type, shape, action));
        });
    return plan(tensors);
  }

  private Plan plan(List<TensorPlan> tensors) throws IOException {
    source.requireCopies();
    return new Plan(VERSION, fingerprints(), source.parameters(), source.dropped(), split(tensors));
  }

  private TensorPlan tensor(String name, List<Long> shape) {
    StoredType from = source.floats(name);
    Optional<Quantization> existing = source.quantization(name);
    return switch (spec.precision()) {
      case Precision.Floats floats -> cast(name, shape, from, floats);
      case Precision.Affine(Recipe recipe, var floats) when source.layout().quantizable(name) ->
          quantize(name, shape, from, floats.of(from), recipe);
      case Precision.Int8(var floats, var steps) when source.layout().quantizable(name) ->
          int8(name, shape, floats.of(from), steps);
      case Precision.Int8(var floats, _) -> cast(name, shape, from, floats);
      case Precision.Affine(_, var floats) -> cast(name, shape, from, floats);
      case Precision.Dequantized(var floats) -> dequantize(name, shape, from, floats, existing);
    };
  }

  private void requireNoInt8() {
    if (!source.int8().isEmpty()) {
      throw new BadRequestException(
          "the source is of int8 already; take the model that it was made from");
    }
  }

  private void requireFittingRequest() {
    requireNoInt8();
    boolean dequantize = spec.precision() instanceof Precision.Dequantized;
    if (!dequantize && !source.quantized().isEmpty()) {
      throw new BadRequestException(
          "the source is quantized already; turn it back with --dequantize first, or take the"
              + " model that it was made from");
    }
    if (dequantize && source.quantized().isEmpty()) {
      throw new BadRequestException("the source is not quantized; leave out --dequantize");
    }
  }

  private TensorPlan cast(String name, List<Long> shape, StoredType from, Precision.Floats floats) {
    StoredType to = writable(name, floats.of(from));
    Action action = from == to ? new Action.Copy() : new Action.Cast();
    return new TensorPlan(name, from, to, shape, action);
  }

  private TensorPlan quantize(
      String name, List<Long> shape, StoredType from, StoredType to, Recipe recipe) {
    Quantization q = recipe.at(TensorPlan.module(name), source.layout().layers());
    long width = shape.getLast();
    if (!q.fits(width)) {
      List<Long> fitting =
          LongStream.of(32, 64, 128).filter(group -> width % group == 0).boxed().toList();
      throw new BadRequestException(
          "groups of %d do not divide the rows of tensor %s, which are %d wide; %s"
              .formatted(
                  q.group(),
                  quoted(name),
                  width,
                  fitting.isEmpty()
                      ? "no group size divides them: convert without quantization"
                      : "group sizes that divide them: " + fitting));
    }
    return new TensorPlan(name, from, writable(name, to), shape, new Action.Quantize(q));
  }

  /// Rounded once, from the type of the source.
  private TensorPlan int8(String name, List<Long> shape, StoredType to, Precision.Steps steps) {
    float step =
        switch (steps) {
          case Precision.Steps.Dynamic _ -> 0;
          case Precision.Steps.Calibrated(_, var of) ->
              of.getOrDefault(TensorPlan.module(name), 0f);
        };
    return new TensorPlan(
        name, source.floats(name), writable(name, to), shape, new Action.Int8(step));
  }

  private TensorPlan dequantize(
      String name,
      List<Long> shape,
      StoredType from,
      Precision.Floats floats,
      Optional<Quantization> existing) {
    return existing
        .map(q ->
            new TensorPlan(
                name, from, writable(name, floats.of(from)), shape, new Action.Dequantize(q)))
        .orElseGet(() -> cast(name, shape, from, floats));
  }

  private static StoredType writable(String name, StoredType type) {
    if (type == StoredType.F64) {
      throw new BadRequestException(
          "tensor %s is of F64, which MLX cannot load; choose --dtype fp32, bf16 or fp16"
              .formatted(quoted(name)));
    }
    return type;
  }

  /// Fills one file after the other, in order; what a tensor is quantized to stays together.
  private List<ShardPlan> split(List<TensorPlan> tensors) {
    List<List<TensorPlan>> groups = new ArrayList<>();
    List<TensorPlan> group = new ArrayList<>();
    long bytes = 0;
    for (TensorPlan tensor : tensors) {
      if (!group.isEmpty() && tensor.bytes() > spec.limits().shardBytes() - bytes) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(tensor);
      bytes += tensor.bytes();
    }
    groups.add(group);
    List<ShardPlan> shards = new ArrayList<>();
    for (List<TensorPlan> part : groups) {
      String name =
          groups.size() == 1
              ? "model.safetensors"
              : "model-%05d-of-%05d.safetensors".formatted(shards.size() + 1, groups.size());
      shards.add(new ShardPlan(name, part));
    }
    return shards;
  }

  private List<String> fingerprints() throws IOException {
    List<Path> files = new ArrayList<>(source.checkpoint().files());
    files.add(source.config().file());
    List<String> fingerprints = new ArrayList<>();
    for (Path file : files) {
      FileTime changed = Files.getLastModifiedTime(file);
      fingerprints.add("%s, %d bytes, %s".formatted(file, Files.size(file), changed));
    }
    return fingerprints;
  }
}
