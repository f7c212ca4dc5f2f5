package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.nn.Dropout;
import bessemer.tensor.nn.LowRankUpdate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What `adapter_config.json` of mlx-lm says of low-rank adapters.
///
/// @param scale what the product of both matrices is multiplied with
/// @param dropout of what goes into them, while training
/// @param layers the last blocks, as many as this, have adapters; all where there are no more
/// @param keys the linears that have one, by their path inside a block
public record AdapterConfig(int rank, float scale, float dropout, int layers, List<String> keys) {
  public static final String FILE = "adapter_config.json";
  public static final String WEIGHTS = "adapters.safetensors";

  /// Every linear of a block: what mlx-lm takes where a configuration names none.
  public static final List<String> ALL_KEYS =
      List.of(
          "self_attn.q_proj",
          "self_attn.k_proj",
          "self_attn.v_proj",
          "self_attn.o_proj",
          "mlp.gate_proj",
          "mlp.up_proj",
          "mlp.down_proj");

  private static final Pattern LINEAR = Pattern.compile("model\\.layers\\.(\\d{1,6})\\.(.+)");
  private static final JsonMapper MAPPER = new JsonMapper();

  public AdapterConfig {
    keys = List.copyOf(keys);
    if (rank < 1 || layers < 1 || keys.isEmpty()) {
      throw new IllegalArgumentException(
          "adapters need a rank, blocks and linears, not %d, %d, %s".formatted(rank, layers, keys));
    }
    for (String key : keys) {
      if (!ALL_KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "no adapter goes to \"%s\": choose among %s".formatted(key, ALL_KEYS));
      }
    }
  }

  /// @throws BadCheckpointException if there is none, or it is of adapters of another kind
  public static AdapterConfig read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    ConfigJson json = ConfigJson.read(file);
    String kind = json.optionalText("fine_tune_type").orElse("lora");
    if (!kind.equals("lora")) {
      throw new BadCheckpointException(
          file,
          "fine_tune_type is %s; only lora is understood"
              .formatted(BadCheckpointException.quoted(kind)));
    }
    ConfigJson lora = json.object("lora_parameters");
    int layers = json.integer("num_layers");
    try {
      return new AdapterConfig(
          lora.integer("rank"),
          (float) lora.number("scale"),
          (float) lora.optionalNumber("dropout").orElse(0),
          layers < 1 ? Integer.MAX_VALUE : layers, // as mlx-lm: all
          lora.optionalList("keys")
              .map(keys -> keys.stream().map(JsonNode::asString).toList())
              .orElse(ALL_KEYS));
    } catch (IllegalArgumentException e) {
      throw new BadCheckpointException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /// As mlx-lm reads it.
  public byte[] json() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("fine_tune_type", "lora").put("num_layers", layers);
    ObjectNode lora = root.putObject("lora_parameters");
    lora.put("rank", rank).put("scale", scale).put("dropout", dropout);
    keys.forEach(lora.putArray("keys")::add);
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
  }

  /// Which linears of a model, by their whole path, have an adapter.
  public Predicate<String> selects(int modelLayers) {
    return path -> {
      Matcher linear = LINEAR.matcher(path);
      return linear.matches()
          && Integer.parseInt(linear.group(1)) >= modelLayers - layers
          && keys.contains(linear.group(2));
    };
  }

  public LowRankUpdate update() {
    return new LowRankUpdate(rank, scale, new Dropout(dropout));
  }
}
