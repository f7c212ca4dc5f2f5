package bessemer.foundry.parity;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.Quantization;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// How each linear of a directory that is quantized in groups is stored: `quantization` of
/// `config.json`, with overrides by path, held against the shapes of the tensors. And which are of
/// int8 with one scale a row.
final class Quantizations {
  private static final String SCALES = ".scales";

  private Quantizations() {}

  static Map<String, Quantization> of(ConfigJson config, Checkpoint files) {
    Map<String, Quantization> quantizations = new TreeMap<>();
    for (String name : files.tensors().keySet()) {
      if (name.endsWith(SCALES) && !isInt8(path(name), files)) {
        String path = path(name);
        quantizations.put(path, quantization(path, config, files));
      }
    }
    return quantizations;
  }

  /// The linears of int8 with one scale a row, by path.
  static Set<String> int8(Checkpoint files) {
    return files.tensors().keySet().stream()
        .filter(name -> name.endsWith(SCALES) && isInt8(path(name), files))
        .map(Quantizations::path)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String path(String scales) {
    return scales.substring(0, scales.length() - SCALES.length());
  }

  private static boolean isInt8(String path, Checkpoint files) {
    StoredTensor weight = files.tensors().get(path + ".weight");
    return weight != null && weight.type() == StoredType.I8;
  }

  private static Quantization quantization(String path, ConfigJson config, Checkpoint files) {
    ConfigJson common = config.object("quantization");
    ConfigJson own = common.fields().path(path).isObject() ? common.object(path) : common;
    var q = new Quantization(own.integer("bits"), own.integer("group_size"));
    var packed = files.tensors().get(path + ".weight");
    var scales = files.tensors().get(path + SCALES);
    if (packed == null
        || scales == null
        || packed.shape().size() != 2
        || scales.shape().size() != 2) {
      throw new BadCheckpointException(
          files.files().getFirst(), path + ".weight: expected a matrix of codes beside its scales");
    }
    long width = scales.shape().get(1) * q.group();
    if (packed.shape().get(1) != q.words(width)) {
      throw new BadCheckpointException(
          config.file(),
          "quantization: %d bits in groups of %d do not fit %s %s with scales %s"
              .formatted(
                  q.bits(), q.group(), quoted(path + ".weight"), packed.shape(), scales.shape()));
    }
    return q;
  }
}
