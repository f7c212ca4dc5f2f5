package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.models.Configurations;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/// A directory with a configuration and the weights that fit it.
///
/// @param quantized how the weights of a source in MLX's quantization are packed, by module
/// @param int8 the modules whose weights are int8 with one scale a row
record SourceModel(
    Path directory,
    ConfigJson config,
    Layout layout,
    Checkpoint checkpoint,
    Map<String, Quantization> quantized,
    Set<String> int8)
    implements AutoCloseable {
  private static final int NAMED = 20;

  /// Opens a directory and checks names, shapes and types of all tensors.
  static SourceModel open(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NoSuchFileException(
          directory.toString(), null, "there is no such directory with a checkpoint");
    }
    ConfigJson config = Configurations.of(directory);
    Layout layout = Layout.of(config);
    Checkpoint checkpoint = Checkpoint.open(directory);
    try {
      Set<String> names = checkpoint.tensors().keySet();
      var quantized = SourceQuantization.read(config, names);
      var int8 = SourceQuantization.int8(config, names);
      var model = new SourceModel(directory, config, layout, checkpoint, quantized, int8);
      model.requireNames();
      model.requireShapes();
      return model;
    } catch (Throwable t) {
      checkpoint.close();
      throw t;
    }
  }

  SequencedMap<String, StoredTensor> tensors() {
    return checkpoint.tensors();
  }

  /// How a tensor of the model is quantized, if it is.
  Optional<Quantization> quantization(String name) {
    return name.endsWith(".weight")
        ? Optional.ofNullable(quantized.get(TensorPlan.module(name)))
        : Optional.empty();
  }

  /// The names under which a tensor of the model is stored.
  List<String> stored(String name) {
    String module = TensorPlan.module(name);
    if (isInt8(name)) {
      String step = module + TensorPlan.INPUT_SCALE;
      return tensors().containsKey(step)
          ? List.of(name, module + ".scales", step)
          : List.of(name, module + ".scales");
    }
    return quantization(name).isEmpty()
        ? List.of(name)
        : List.of(name, module + ".scales", module + ".biases");
  }

  private boolean isInt8(String name) {
    return name.endsWith(".weight") && int8.contains(TensorPlan.module(name));
  }

  StoredTensor tensor(String name) {
    StoredTensor tensor = tensors().get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    return tensor;
  }

  /// The floating point type of a tensor of the model.
  StoredType floats(String name) {
    return tensor(quantization(name).isEmpty() ? name : TensorPlan.module(name) + ".scales").type();
  }

  /// Tensors that the model does without.
  List<String> dropped() {
    return tensors().keySet().stream().filter(layout::droppable).toList();
  }

  /// @throws BadCheckpointException if a copy of the embedding that is left out is none, for
  ///   PyTorch keeps the one that it reads last, or the one that its version prefers
  void requireCopies() {
    String embedding = layout.shapes().firstEntry().getKey(); // the first weight of every model
    for (String name : dropped()) {
      if (name.endsWith(".weight") && !isCopy(tensor(name), tensor(embedding))) {
        throw new BadCheckpointException(
            tensor(name).file(),
            "tensor %s is not the same numbers as %s, although config.json says that it is the"
                    .formatted(quoted(name), quoted(embedding))
                + " same weight; remove the wrong one, or the statement where the model has two");
      }
    }
  }

  private boolean isCopy(StoredTensor one, StoredTensor other) {
    return one.type() == other.type()
        && one.shape().equals(other.shape())
        && checkpoint.data(one.name()).mismatch(checkpoint.data(other.name())) < 0;
  }

  long parameters() {
    return layout.shapes().values().stream()
        .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
        .sum();
  }

  private void requireNames() {
    var extra = new TreeSet<>(tensors().keySet());
    List<String> missing = new ArrayList<>();
    for (String name : layout.shapes().keySet()) {
      for (String stored : stored(name)) {
        if (!tensors().containsKey(stored)) {
          missing.add(stored);
        }
        extra.remove(stored);
      }
    }
    extra.removeIf(layout::droppable);
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new BadCheckpointException(
          directory,
          "the weights do not fit a %s of %d layers as config.json describes it%s%s"
                  .formatted(
                      config.modelType(),
                      layout.layers(),
                      named("missing", missing),
                      named("not part of the model", List.copyOf(extra)))
              + "; take weights and config.json of the same model");
    }
  }

  private static String named(String what, List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    List<String> first = names.stream().limit(NAMED).map(BadCheckpointException::quoted).toList();
    int more = names.size() - first.size();
    return "; %d tensors %s: %s%s"
        .formatted(
            names.size(),
            what,
            String.join(", ", first),
            more == 0 ? "" : " and " + more + " more");
  }

  private void requireShapes() {
    layout
        .shapes()
        .forEach((name, shape) -> {
          Optional<Quantization> q = quantization(name);
          if (isInt8(name)) {
            requireInt8(name, shape);
          } else if (q.isEmpty()) {
            require(name, shape);
            requireReadable(tensor(name));
          } else {
            requireQuantized(name, shape, q.get());
          }
        });
  }

  private void requireQuantized(String name, List<Long> shape, Quantization q) {
    long width = shape.getLast();
    if (shape.size() != 2 || !q.fits(width) || tensor(name).type() != StoredType.U32) {
      throw new BadCheckpointException(
          tensor(name).file(),
          "tensor %s %s is of %s; %d bits in groups of %d need U32 and whole groups"
              .formatted(quoted(name), shape, tensor(name).type(), q.bits(), q.group()));
    }
    require(name, List.of(shape.getFirst(), q.words(width)));
    for (String part : stored(name).subList(1, 3)) {
      require(part, List.of(shape.getFirst(), q.groups(width)));
      requireReadable(tensor(part));
    }
  }

  private void requireInt8(String name, List<Long> shape) {
    require(name, shape);
    List<String> parts = stored(name);
    require(parts.get(1), List.of(shape.getFirst()));
    parts.subList(2, parts.size()).forEach(step -> require(step, List.of(1L)));
    for (String part : parts) {
      StoredType type = part.equals(name) ? StoredType.I8 : StoredType.F32;
      if (tensor(part).type() != type) {
        throw new BadCheckpointException(
            tensor(part).file(),
            "tensor %s is of %s; codes of int8 with a scale for each row need %s here"
                .formatted(quoted(part), tensor(part).type(), type));
      }
    }
  }

  private void require(String name, List<Long> shape) {
    StoredTensor tensor = tensor(name);
    if (!tensor.shape().equals(shape)) {
      throw new BadCheckpointException(
          tensor.file(),
          "tensor %s: expected %s by config.json, the file has %s"
              .formatted(quoted(name), shape, tensor.shape()));
    }
  }

  private static void requireReadable(StoredTensor tensor) {
    if (!Elements.readable(tensor.type())) {
      throw new BadCheckpointException(
          tensor.file(),
          "tensor %s is of type %s; weights of F32, F16, BF16 and F64 can be converted"
              .formatted(quoted(tensor.name()), tensor.type()));
    }
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
