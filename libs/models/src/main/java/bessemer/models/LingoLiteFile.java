package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.StoredTensor;
import bessemer.models.LingoLiteConfig.Preset;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a checkpoint of LingoLite says of its model: a `config` without a type beside its weights,
/// or, in its older files, nothing but the shapes of the weights.
final class LingoLiteFile {
  private static final String TYPE = "lingolite";
  private static final String EMBEDDING = "encoder.embedding.weight";
  private static final String HEAD = "decoder.lm_head.weight";
  private static final String FIRST = "encoder.layers.0.";

  private final Path file;
  private final Checkpoint checkpoint;

  private LingoLiteFile(Path file, Checkpoint checkpoint) {
    this.file = file;
    this.checkpoint = checkpoint;
  }

  /// Empty where it is not LingoLite's.
  ///
  /// @throws BadCheckpointException if its weights are quantized, or fit no model of known size
  static Optional<ConfigJson> config(Checkpoint checkpoint) {
    var found = new LingoLiteFile(checkpoint.files().getFirst(), checkpoint);
    found.refuseQuantized();
    String noted = checkpoint.metadata().get("config");
    if (noted != null) {
      ConfigJson config = named(ConfigJson.parse(found.file, noted));
      return Optional.of(config).filter(c -> c.has("model_type"));
    }
    return checkpoint.tensors().containsKey(EMBEDDING)
        ? Optional.of(found.ofShapes())
        : Optional.empty();
  }

  /// The same configuration, with its type if it has the fields of LingoLite and none.
  static ConfigJson named(ConfigJson config) {
    boolean lingoLite =
        Stream.of("model_size", "n_encoder_layers", "n_kv_heads").anyMatch(config::has);
    if (config.has("model_type") || !lingoLite) {
      return config;
    }
    ObjectNode fields = config.fields().put("model_type", TYPE);
    return ConfigJson.parse(config.file(), fields.toString());
  }

  private void refuseQuantized() {
    String quantization = checkpoint.metadata().getOrDefault("quantization", "{}");
    ConfigJson fields = ConfigJson.parse(file, quantization);
    String method = fields.optionalText("method").orElse("dynamic_fp16");
    if (!method.equals("dynamic_fp16")) {
      throw new BadCheckpointException(
          file,
          "its weights are quantized by %s; take the checkpoint that it was made from"
              .formatted(BadCheckpointException.quoted(method)));
    }
  }

  /// How many heads there are cannot be seen, so only the presets' widths are understood.
  private ConfigJson ofShapes() {
    List<Long> embedding = shape(EMBEDDING);
    long dim = embedding.getLast();
    long keyWidth = shape(FIRST + "self_attn.k_proj.weight").getFirst();
    Preset preset =
        Stream.of(Preset.values())
            .filter(p -> p.dim == dim && p.dim / p.heads * p.keyHeads == keyWidth)
            .findFirst()
            .orElseThrow(() ->
                new BadCheckpointException(
                    file,
                    "has no \"config\", and a width of %d with keys of %d is none of LingoLite's"
                            .formatted(dim, keyWidth)
                        + " sizes: put a config.json beside it that has n_heads and n_kv_heads"));
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    fields.put("model_type", TYPE);
    fields.put("vocab_size", embedding.getFirst());
    fields.put("d_model", preset.dim);
    fields.put("n_encoder_layers", layers("encoder"));
    fields.put("n_decoder_layers", layers("decoder"));
    fields.put("n_heads", preset.heads);
    fields.put("n_kv_heads", preset.keyHeads);
    fields.put("d_ff", shape(FIRST + "ffn.gate_proj.weight").getFirst());
    fields.put("max_seq_len", Preset.CONTEXT_LENGTH);
    fields.put("tie_embeddings", tied());
    return ConfigJson.parse(file, fields.toString());
  }

  private List<Long> shape(String name) {
    StoredTensor tensor = checkpoint.tensors().get(name);
    if (tensor == null || tensor.shape().size() != 2) {
      throw new BadCheckpointException(
          file,
          "has no \"config\" and no matrix %s, which would tell of the model".formatted(name));
    }
    return tensor.shape();
  }

  private int layers(String stack) {
    Map<String, StoredTensor> tensors = checkpoint.tensors();
    int count = 0;
    while (tensors.containsKey("%s.layers.%d.norm1.weight".formatted(stack, count))) {
      count++;
    }
    return count;
  }

  private boolean tied() {
    return !checkpoint.tensors().containsKey(HEAD)
        || checkpoint.data(HEAD).mismatch(checkpoint.data(EMBEDDING)) < 0;
  }
}
