package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

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
  private static final int DEFAULT_WINDOW = 4096;
  private static final int DEFAULT_WINDOW_LAYERS = 28;

  /// Heads divide the hidden width where the configuration has no `head_dim`.
  static ConfigFields from(ConfigJson json) {
    return from(json, positive(json, "hidden_size") / positive(json, "num_attention_heads"));
  }

  /// @param defaultHeadDim where the configuration has none
  static ConfigFields from(ConfigJson json, int defaultHeadDim) {
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
    int headDim = json.optionalInteger("head_dim").orElse(defaultHeadDim);
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

  static int positive(ConfigJson json, String field) {
    int value = json.integer(field);
    if (value < 1) {
      throw new BadCheckpointException(json.file(), field + " is " + value + ", not positive");
    }
    return value;
  }

  /// A window of `sliding_window` positions, none where that is `null`. Transformers takes 4096
  /// where the field is absent.
  static Mask window(ConfigJson json) {
    if (!json.fields().has("sliding_window")) {
      return new Mask.Window(DEFAULT_WINDOW);
    }
    OptionalInt size = json.optionalInteger("sliding_window");
    if (size.isPresent() && size.getAsInt() < 1) {
      throw new BadCheckpointException(
          json.file(), "sliding_window is " + size.getAsInt() + ", not positive");
    }
    return size.isPresent() ? new Mask.Window(size.getAsInt()) : new Mask.Causal();
  }

  /// Qwen's masks, one a layer: by `layer_types`, else windows from `max_window_layers` on where
  /// `use_sliding_window` says so.
  static List<Mask> masks(ConfigJson json, int layers) {
    boolean windows = json.optionalBool("use_sliding_window").orElse(false);
    Mask window = windows ? window(json) : new Mask.Causal();
    if (json.has("layer_types")) {
      return masksByType(json, layers, window);
    }
    int first = json.optionalInteger("max_window_layers").orElse(DEFAULT_WINDOW_LAYERS);
    return IntStream.range(0, layers)
        .mapToObj(layer -> layer >= first ? window : new Mask.Causal())
        .toList();
  }

  private static List<Mask> masksByType(ConfigJson json, int layers, Mask window) {
    List<String> types = json.texts("layer_types");
    if (types.size() != layers) {
      throw new BadCheckpointException(
          json.file(), "layer_types has %d entries for %d layers".formatted(types.size(), layers));
    }
    List<Mask> masks = new ArrayList<>();
    for (String type : types) {
      switch (type) {
        case "full_attention" -> masks.add(new Mask.Causal());
        case "sliding_attention" -> masks.add(window);
        default ->
            throw new BadCheckpointException(
                json.file(),
                "layer_types has %s; known are full_attention, sliding_attention"
                    .formatted(BadCheckpointException.quoted(type)));
      }
    }
    return masks;
  }
}
