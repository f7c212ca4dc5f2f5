package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import java.util.List;
import java.util.stream.Stream;

/// The architectures that there are.
public final class Models {
  private static final List<String> LANGUAGE = List.of("llama", "mistral", "qwen2", "qwen3");
  private static final List<String> TRANSLATION = List.of("m2m_100", "lingolite");

  private Models() {}

  /// Values of `model_type` that are understood.
  public static List<String> types() {
    return Stream.concat(LANGUAGE.stream(), TRANSLATION.stream()).toList();
  }

  /// Whether it is a translator, for which [#translationModel] is.
  public static boolean translates(ConfigJson config) {
    return TRANSLATION.contains(config.modelType());
  }

  /// @throws BadCheckpointException if the configuration is of another kind, or contradicts itself
  public static Architecture<?> architecture(ConfigJson config) {
    return translates(config) ? translationModel(config) : languageModel(config);
  }

  /// @throws BadCheckpointException if the configuration is not that of a decoder
  public static Architecture<LanguageModel> languageModel(ConfigJson config) {
    String type = config.modelType();
    return switch (type) {
      case "llama", "mistral" -> {
        Llama.Config c = Llama.Config.from(config);
        var cache = new CacheShape(c.layers(), c.keyHeads(), c.headDim());
        yield Architecture.of(type, c.tiedEmbeddings(), cache, p -> new Llama(c, p));
      }
      case "qwen2" -> {
        Qwen2.Config c = Qwen2.Config.from(config);
        var cache = new CacheShape(c.layers(), c.keyHeads(), c.headDim());
        yield Architecture.of(type, c.tiedEmbeddings(), cache, p -> new Qwen2(c, p));
      }
      case "qwen3" -> {
        Qwen3.Config c = Qwen3.Config.from(config);
        var cache = new CacheShape(c.layers(), c.keyHeads(), c.headDim());
        yield Architecture.of(type, c.tiedEmbeddings(), cache, p -> new Qwen3(c, p));
      }
      default -> throw translates(config) ? translator(config) : unknown(config);
    };
  }

  /// @throws BadCheckpointException if the configuration is not that of a translator
  public static Architecture<TranslationModel> translationModel(ConfigJson config) {
    String type = config.modelType();
    return switch (type) {
      case "m2m_100" -> {
        M2m100.Config c = M2m100.Config.from(config);
        int layers = Math.max(c.encoder().layers(), c.decoder().layers());
        int heads = c.decoder().heads();
        var cache = new CacheShape(c.decoder().layers(), heads, c.dim() / heads);
        yield new Architecture<>(type, layers, true, M2m100.COPIES, cache, p -> new M2m100(c, p));
      }
      case "lingolite" -> {
        LingoLiteConfig c = LingoLiteConfig.from(config);
        int layers = Math.max(c.encoderLayers(), c.decoderLayers());
        yield new Architecture<>(
            type, layers, c.tiedEmbeddings(), c.copies(), c.cache(), p -> new LingoLite(c, p));
      }
      default ->
          throw new BadCheckpointException(
              config.file(),
              "model_type %s does not translate; those that do are %s"
                  .formatted(BadCheckpointException.quoted(type), String.join(", ", TRANSLATION)));
    };
  }

  private static BadCheckpointException translator(ConfigJson config) {
    return new BadCheckpointException(
        config.file(),
        "model_type %s is a translator, not a language model: use `bessemer translate`"
            .formatted(BadCheckpointException.quoted(config.modelType())));
  }

  private static BadCheckpointException unknown(ConfigJson config) {
    return new BadCheckpointException(
        config.file(),
        "model_type %s is not supported; supported are %s"
            .formatted(
                BadCheckpointException.quoted(config.modelType()), String.join(", ", types())));
  }
}
