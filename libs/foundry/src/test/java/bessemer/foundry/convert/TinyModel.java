package bessemer.foundry.convert;

import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.Planned;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.checkpoint.StoredType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A checkpoint of a few small layers with seeded numbers, to be changed by a test before it is
/// written.
final class TinyModel {
  static final String DOWN = "model.layers.1.mlp.down_proj.weight";

  final ObjectNode config;
  final SequencedMap<String, float[]> values = new LinkedHashMap<>();
  final SequencedMap<String, Planned> tensors = new LinkedHashMap<>();
  private final StoredType type;

  private TinyModel(StoredType type, ObjectNode config) {
    this.type = type;
    this.config = config;
  }

  static TinyModel llama(StoredType type) {
    return of(
        type,
        """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "intermediate_size": 128, "vocab_size": 96, "rms_norm_eps": 1e-05,
         "rope_theta": 10000.0, "max_position_embeddings": 256, "torch_dtype": "float32",
         "tie_word_embeddings": false}
        """);
  }

  static TinyModel of(StoredType type, String config) {
    var model = new TinyModel(type, (ObjectNode) JsonMapper.shared().readTree(config));
    var random = new Random(7);
    Layout.of(ConfigJson.parse(Path.of("config.json"), config))
        .shapes()
        .forEach((name, shape) -> model.add(name, shape, random));
    return model;
  }

  private void add(String name, List<Long> shape, Random random) {
    var planned = new Planned(name, type, shape);
    float[] numbers = new float[(int) planned.elements()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextGaussian() * 0.05);
    }
    tensors.put(name, planned);
    values.put(name, numbers);
  }

  TinyModel with(String name, long... shape) {
    var planned = new Planned(name, type, shape);
    tensors.put(name, planned);
    values.put(name, new float[(int) planned.elements()]);
    return this;
  }

  TinyModel without(String name) {
    tensors.remove(name);
    values.remove(name);
    return this;
  }

  TinyModel set(String name, int index, float value) {
    values.get(name)[index] = value;
    return this;
  }

  /// Writes configuration, weights and a tokenizer.
  Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("config.json"), config.toString());
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    Files.writeString(directory.resolve("modeling_tiny.py"), "print('no')");
    write(directory.resolve("model.safetensors"), new ArrayList<>(tensors.values()));
    return directory;
  }

  private void write(Path file, List<Planned> order) throws IOException {
    Files.deleteIfExists(file);
    try (var out = SafetensorsWriter.create(file, order, Map.of("format", "pt"))) {
      for (Planned tensor : order) {
        out.append(tensor.name(), bytes(tensor));
      }
      out.finish();
    }
  }

  private MemorySegment bytes(Planned tensor) {
    float[] numbers = values.get(tensor.name());
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) tensor.bytes()]);
    for (int i = 0; i < numbers.length; i++) {
      put(bytes, i, numbers[i]);
    }
    return bytes;
  }

  private void put(MemorySegment bytes, int i, float value) {
    switch (type) {
      case F32 -> bytes.set(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, value);
      case BF16 ->
          bytes.set(
              java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED,
              2L * i,
              (short) (Float.floatToRawIntBits(value) >>> 16));
      case F16 ->
          bytes.set(
              java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED,
              2L * i,
              Float.floatToFloat16(value));
      default -> throw new IllegalArgumentException(type.name());
    }
  }
}
