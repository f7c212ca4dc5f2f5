package bessemer.foundry.convert;

import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.StoredTensor;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Looks at a source without reading its weights.
public final class Inspector {
  /// What transformers takes where a Mistral has no `sliding_window`.
  private static final int DEFAULT_WINDOW = 4096;

  private Inspector() {}

  /// @throws bessemer.checkpoint.BadCheckpointException if configuration and weights are damaged or
  ///   do not fit each other
  /// @throws java.nio.file.NoSuchFileException if there is no such directory
  public static Inspection inspect(Path directory) throws IOException {
    try (SourceModel model = SourceModel.open(directory)) {
      return inspect(model);
    }
  }

  static Inspection inspect(SourceModel model) throws IOException {
    Map<String, Integer> types = new TreeMap<>();
    long bytes = 0;
    for (StoredTensor tensor : model.tensors().values()) {
      types.merge(tensor.type().name(), 1, Integer::sum);
      bytes += tensor.bytes();
    }
    return new Inspection(
        model.config().modelType(),
        model.checkpoint().format(),
        model.layout().layers(),
        model.parameters(),
        model.tensors().size(),
        bytes,
        types,
        quantization(model),
        model.layout().tied(),
        names(model.checkpoint().files()),
        names(SideFiles.find(model.directory())),
        warnings(model));
  }

  private static String quantization(SourceModel model) {
    var kinds = new TreeSet<String>();
    for (Quantization q : model.quantized().values()) {
      kinds.add("affine, %d bits, groups of %d".formatted(q.bits(), q.group()));
    }
    if (!model.int8().isEmpty()) {
      boolean fixed =
          model.tensors().keySet().stream().anyMatch(name -> name.endsWith(TensorPlan.INPUT_SCALE));
      String steps = fixed ? "calibrated" : "dynamic";
      kinds.add("int8, a scale for each row, " + steps + " activations");
    }
    return kinds.isEmpty() ? "none" : String.join("; ", kinds);
  }

  private static List<String> names(List<Path> files) {
    return files.stream().map(file -> String.valueOf(file.getFileName())).toList();
  }

  private static List<String> warnings(SourceModel model) throws IOException {
    List<String> warnings = new ArrayList<>();
    if (!model.dropped().isEmpty()) {
      warnings.add("not needed and left out: " + String.join(", ", model.dropped()));
    }
    if (names(SideFiles.find(model.directory())).stream().noneMatch(SideFiles::isTokenizer)) {
      warnings.add("no tokenizer beside the weights: the result takes token ids only");
    }
    ConfigJson config = model.config();
    boolean window = config.optionalBool("use_sliding_window").orElse(false);
    if (config.modelType().startsWith("qwen") && window) {
      warnings.add("mlx-lm ignores the sliding window of " + config.modelType());
    }
    if (MlxConfig.windowInAllLayers(config)) {
      warnings.add(
          "mlx-lm cannot give a window to all layers: it attends to all positions, which differs"
              + " beyond position "
              + config.optionalInteger("sliding_window").orElse(DEFAULT_WINDOW));
    }
    return warnings;
  }
}
