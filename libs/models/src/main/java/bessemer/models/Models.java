package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import java.util.List;

/// The architectures that there are.
public final class Models {
  private static final List<String> TYPES = List.of("llama", "mistral", "qwen2", "qwen3");

  private Models() {}

  /// Values of `model_type` that are understood.
  public static List<String> types() {
    return TYPES;
  }

  /// @throws BadCheckpointException if the configuration is of another kind, or contradicts itself
  public static Architecture architecture(ConfigJson config) {
    String type = config.modelType();
    return switch (type) {
      case "llama", "mistral" -> {
        Llama.Config c = Llama.Config.from(config);
        var cache = new CacheShape(c.layers(), c.keyHeads(), c.headDim());
        yield new Architecture(type, c.tiedEmbeddings(), cache, params -> new Llama(c, params));
      }
      case "qwen2" -> {
        Qwen2.Config c = Qwen2.Config.from(config);
        var cache = new CacheShape(c.layers(), c.keyHeads(), c.headDim());
        yield new Architecture(type, c.tiedEmbeddings(), cache, params -> new Qwen2(c, params));
      }
      case "qwen3" -> {
        Qwen3.Config c = Qwen3.Config.from(config);
        var cache = new CacheShape(c.layers(), c.keyHeads(), c.headDim());
        yield new Architecture(type, c.tiedEmbeddings(), cache, params -> new Qwen3(c, params));
      }
      default ->
          throw new BadCheckpointException(
              config.file(),
              "model_type %s is not supported; supported are %s"
                  .formatted(BadCheckpointException.quoted(type), String.join(", ", TYPES)));
    };
  }
}
