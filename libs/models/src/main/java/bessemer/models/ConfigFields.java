package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The fields that every decoder's configuration has, checked.
record ConfigFields(
    int dim,
    int innerDim,
    int layers,
    int heads,
    int keyHeads,
    int headDim,
    int vocabulary,
    int contextLength,
    float epsilon) {

  static ConfigFields from(ConfigJson json) {
    String activation = json.optionalText("hidden_act").orElse("silu");
    if (!activation.equals("silu")) {
      throw new BadCheckpointException(
          json.file(), "hidden_act \"" + activation + "\" is not supported, only silu");
    }
    int dim = positive(json, "hidden_size");
    int heads = positive(json, "num_attention_heads");
    int keyHeads = json.optionalInteger("num_key_value_heads").orElse(heads);
    if (keyHeads < 1 || heads % keyHeads != 0) {
      throw new BadCheckpointException(
          json.file(),
          "num_attention_heads %d is not a multiple of num_key_value_heads %d"
              .formatted(heads, keyHeads));
    }
    int headDim = json.optionalInteger("head_dim").orElse(dim / heads);
    if (headDim < 2 || headDim % 2 != 0) {
      throw new BadCheckpointException(
          json.file(), "heads of width " + headDim + " cannot be rotated in pairs");
    }
    return new ConfigFields(
        dim,
        positive(json, "intermediate_size"),
        positive(json, "num_hidden_layers"),
        heads,
        keyHeads,
        headDim,
        positive(json, "vocab_size"),
        positive(json, "max_position_embeddings"),
        (float) json.optionalNumber("rms_norm_eps").orElse(1e-6));
  }

  private static int positive(ConfigJson json, String field) {
    int value = json.integer(field);
    if (value < 1) {
      throw new BadCheckpointException(json.file(), field + " is " + value + ", not positive");
    }
    return value;
  }

  /// `sliding_window`, where it is set.
  static Mask window(ConfigJson json) {
    OptionalInt size = json.optionalInteger("sliding_window");
    return size.isPresent() ? new Mask.Window(size.getAsInt()) : new Mask.Causal();
  }

  /// Qwen's masks, one a layer: by `layer_types`, else windows from `max_window_layers` on where
  /// `use_sliding_window` says so.
  static List<Mask> masks(ConfigJson json, int layers) {
    boolean windows = json.optionalBool("use_sliding_window").orElse(false);
    Mask window = windows ? window(json) : new Mask.Causal();
    Optional<List<String>> types =
        json.has("layer_types") ? Optional.of(json.texts("layer_types")) : Optional.empty();
    if (types.isPresent() && types.get().size() != layers) {
      throw new BadCheckpointException(
          json.file(),
          "layer_types has %d entries for %d layers".formatted(types.get().size(), layers));
    }
    int first = json.optionalInteger("max_window_layers").orElse(layers);
    List<Mask> masks = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      boolean sliding =
          types.isPresent() ? types.get().get(layer).equals("sliding_attention") : layer >= first;
      masks.add(sliding ? window : new Mask.Causal());
    }
    return masks;
  }
}
