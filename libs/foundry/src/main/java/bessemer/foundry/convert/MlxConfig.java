package bessemer.foundry.convert;

import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.RopeParameters;
import bessemer.checkpoint.StoredType;
import bessemer.models.Models;
import bessemer.tensor.Quantization;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` that mlx-lm and transformers, versions 4 and 5, read alike.
final class MlxConfig {
  private static final List<String> DROPPED =
      List.of("auto_map", "quantization", "quantization_config", "rope_scaling", "_name_or_path");

  private MlxConfig() {}

  static ObjectNode of(SourceModel source, Plan plan, Precision precision) {
    ConfigJson config = source.config();
    ObjectNode fields = config.fields();
    fields.remove(DROPPED);
    fields.put("tie_word_embeddings", source.layout().tied());
    String type = name(dominant(plan));
    fields.put("dtype", type);
    fields.put("torch_dtype", type);
    rope(fields, config);
    window(fields, config);
    if (precision instanceof Precision.Affine(Recipe recipe, _)) {
      ObjectNode quantization = quantization(fields, plan, recipe.base());
      fields.set("quantization", quantization);
      fields.set("quantization_config", quantization.deepCopy());
    }
    if (precision instanceof Precision.Int8(_, var steps)) {
      fields.set("quantization", int8(fields, steps));
    }
    return fields;
  }

  /// Without `group_size` and with a mode that MLX does not have: nobody takes it for affine.
  private static ObjectNode int8(ObjectNode fields, Precision.Steps steps) {
    ObjectNode node = fields.objectNode();
    node.put("mode", SourceQuantization.INT8).put("bits", 8);
    return switch (steps) {
      case Precision.Steps.Dynamic _ -> node.put("activations", "dynamic");
      case Precision.Steps.Calibrated(var method, _) ->
          node.put("activations", "static").put("calibration", method);
    };
  }

  /// The floating point type of most elements.
  private static StoredType dominant(Plan plan) {
    var elements = new TreeMap<StoredType, Long>();
    plan.tensors().forEach(tensor -> elements.merge(tensor.to(), tensor.elements(), Long::sum));
    return elements.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  private static String name(StoredType type) {
    return switch (type) {
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64, F64 ->
          throw new IllegalArgumentException("no type of weights: " + type);
    };
  }

  /// mlx-lm reads version 4's `rope_theta` and `rope_scaling` only, for most architectures;
  /// `rope_parameters` is version 5's.
  private static void rope(ObjectNode fields, ConfigJson config) {
    if (Models.translates(config) || !config.ropeParametersByLayerType().isEmpty()) {
      return;
    }
    RopeParameters rope = config.ropeParameters();
    ObjectNode parameters = rope.fields().fields();
    parameters.remove("type");
    parameters.put("rope_type", rope.type());
    parameters.put("rope_theta", rope.theta());
    fields.put("rope_theta", rope.theta());
    fields.set("rope_parameters", parameters);
    if (!rope.type().equals("default")) {
      ObjectNode scaling = parameters.deepCopy();
      scaling.remove("rope_theta");
      fields.set("rope_scaling", scaling);
    }
  }

  /// mlx-lm's Mistral is its Llama, which takes windows from `layer_types` and cannot load a model
  /// without a single `full_attention` among them. Left out, it attends to all positions; others
  /// take the window of all layers from `sliding_window`.
  private static void window(ObjectNode fields, ConfigJson config) {
    if (windowInAllLayers(config)) {
      fields.remove("layer_types");
    }
  }

  /// Whether it is a Mistral without a layer that attends to all positions.
  static boolean windowInAllLayers(ConfigJson config) {
    boolean window = !config.fields().has("sliding_window") || config.has("sliding_window");
    return config.modelType().equals("mistral")
        && window
        && !config.texts("layer_types").contains("full_attention");
  }

  private static ObjectNode quantization(ObjectNode fields, Plan plan, Quantization base) {
    ObjectNode quantization = put(fields.objectNode(), base);
    plan.tensors()
        .forEach(tensor -> {
          if (tensor.action() instanceof Action.Quantize(var q) && !q.equals(base)) {
            quantization.set(tensor.module(), put(fields.objectNode(), q));
          }
        });
    return quantization;
  }

  private static ObjectNode put(ObjectNode node, Quantization q) {
    return node.put("group_size", q.group()).put("bits", q.bits()).put("mode", "affine");
  }
}
