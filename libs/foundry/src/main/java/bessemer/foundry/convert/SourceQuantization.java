package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.Quantization;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// How a source that is quantized already is quantized: `quantization` in its configuration, with
/// entries for modules that differ.
final class SourceQuantization {
  private static final String SCALES = ".scales";

  /// The mode of weights of int8 with one scale a row.
  static final String INT8 = "int8-rows";

  private SourceQuantization() {}

  /// The modules of int8 with one scale a row.
  static Set<String> int8(ConfigJson config, Set<String> tensors) {
    return rows(config)
        ? tensors.stream()
            .filter(name -> name.endsWith(SCALES))
            .map(name -> name.substring(0, name.length() - SCALES.length()))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }

  private static boolean rows(ConfigJson config) {
    return config
        .optionalObject("quantization")
        .flatMap(quantization -> quantization.optionalText("mode"))
        .equals(Optional.of(INT8));
  }

  /// The quantization of each module that has scales.
  static Map<String, Quantization> read(ConfigJson config, Set<String> tensors) {
    Optional<ConfigJson> quantization = config.optionalObject("quantization");
    if (quantization.isEmpty()) {
      refuseOthers(config);
      return Map.of();
    }
    if (rows(config)) {
      return Map.of();
    }
    ConfigJson all = quantization.get();
    Map<String, Quantization> modules = new TreeMap<>();
    for (String name : tensors) {
      if (name.endsWith(SCALES)) {
        String module = name.substring(0, name.length() - SCALES.length());
        boolean own = all.fields().path(module).isObject();
        modules.put(module, quantization(config, own ? all.object(module) : all));
      }
    }
    return modules;
  }

  private static Quantization quantization(ConfigJson config, ConfigJson entry) {
    String mode = entry.optionalText("mode").orElse("affine");
    if (!mode.equals("affine")) {
      throw new BadCheckpointException(
          config.file(),
          "quantization mode %s is not supported, only \"affine\"".formatted(quoted(mode)));
    }
    try {
      return new Quantization(entry.integer("bits"), entry.integer("group_size"));
    } catch (IllegalArgumentException e) {
      throw new BadCheckpointException(config.file(), "quantization: " + e.getMessage(), e);
    }
  }

  private static void refuseOthers(ConfigJson config) {
    config
        .optionalObject("quantization_config")
        .ifPresent(other -> {
          throw new BadCheckpointException(
              config.file(),
              "the weights are quantized by %s, which is not supported; take the model that they"
                      .formatted(quoted(other.optionalText("quant_method").orElse("unknown")))
                  + " were made from");
        });
  }
}
