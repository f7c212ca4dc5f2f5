package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.Planned;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.foundry.FileHash;
import bessemer.models.Configurations;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The tiny checkpoints that PyTorch recorded, and copies of them in other precisions.
final class Goldens {
  private static final Path ROOT = Path.of("../models/src/test/resources/goldens");

  private static final Path TRANSLATORS = Path.of("../models/src/test/resources/translation");
  private static final Path PACKS = Path.of("src/test/resources/packs");

  private Goldens() {}

  static Engine engine() {
    return new Engine(new Cpu(2));
  }

  static Stream<String> names() {
    try (Stream<Path> all = Files.list(ROOT)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path directory(String name) {
    return ROOT.resolve(name);
  }

  /// A tiny translator, of which [#pack] was recorded.
  static Path translator(String name) {
    return TRANSLATORS.resolve(name);
  }

  static Path pack(String name) {
    return PACKS.resolve(name);
  }

  private record Stored(Planned planned, MemorySegment bytes) {}

  /// The directory of a conversion that damaged one tensor on the way.
  static void copyChanged(Path from, Path to, String tensor, Consumer<float[]> change)
      throws IOException {
    convert(
        from,
        to,
        _ -> {},
        (name, shape, values) -> {
          if (name.equals(tensor)) {
            change.accept(values);
          }
          return List.of(
              stored(
                  name,
                  StoredType.F32,
                  shape,
                  Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values)));
        });
  }

  /// The directory of a conversion that took some weights for others.
  static void copyRenamed(Path from, Path to, UnaryOperator<String> names) throws IOException {
    convert(
        from, to, _ -> {}, (name, shape, values) -> List.of(f32(names.apply(name), shape, values)));
  }

  /// The directory of a conversion that kept a copy of the embedding.
  static void copyWithHead(Path from, Path to, Consumer<float[]> change) throws IOException {
    convert(
        from,
        to,
        _ -> {},
        (name, shape, values) -> {
          float[] head = values.clone();
          change.accept(head);
          Stored kept = f32(name, shape, values);
          return name.equals("model.shared.weight")
              ? List.of(kept, f32("lm_head.weight", shape, head))
              : List.of(kept);
        });
  }

  /// The directory with another configuration.
  static void copyConfigured(Path from, Path to, Consumer<ObjectNode> config) throws IOException {
    convert(from, to, config, (name, shape, values) -> List.of(f32(name, shape, values)));
  }

  private static Stored f32(String name, List<Long> shape, float[] values) {
    MemorySegment bytes = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values);
    return stored(name, StoredType.F32, shape, bytes);
  }

  static void copyRounded(Path from, Path to) throws IOException {
    convert(
        from,
        to,
        _ -> {},
        (name, shape, values) -> {
          short[] rounded = new short[values.length];
          for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            rounded[i] = (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16); // to nearest even
          }
          return List.of(
              stored(
                  name,
                  StoredType.BF16,
                  shape,
                  Arena.ofAuto().allocateFrom(ValueLayout.JAVA_SHORT, rounded)));
        });
  }

  /// 4 bit in groups of 32, where the width allows; the plainest rounding there is.
  static void copyQuantized(Path from, Path to) throws IOException {
    convert(
        from,
        to,
        config -> config.putObject("quantization").put("group_size", 32).put("bits", 4),
        (name, shape, values) ->
            shape.size() == 2 && shape.get(1) % 32 == 0
                ? quantized(name.replace(".weight", ""), shape, values)
                : List.of(
                    stored(
                        name,
                        StoredType.F32,
                        shape,
                        Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values))));
  }

  private static List<Stored> quantized(String path, List<Long> shape, float[] values) {
    int groups = values.length / 32;
    int[] words = new int[values.length / 8];
    float[] scales = new float[groups];
    float[] biases = new float[groups];
    for (int g = 0; g < groups; g++) {
      float min = Float.POSITIVE_INFINITY;
      float max = Float.NEGATIVE_INFINITY;
      for (int i = 32 * g; i < 32 * (g + 1); i++) {
        min = Math.min(min, values[i]);
        max = Math.max(max, values[i]);
      }
      scales[g] = (max - min) / 15;
      biases[g] = min;
      for (int i = 32 * g; i < 32 * (g + 1); i++) {
        words[i / 8] |= Math.round((values[i] - min) / scales[g]) << 4 * (i % 8);
      }
    }
    List<Long> packed = List.of(shape.get(0), shape.get(1) / 8);
    List<Long> grouped = List.of(shape.get(0), shape.get(1) / 32);
    return List.of(
        stored(
            path + ".weight",
            StoredType.U32,
            packed,
            Arena.ofAuto().allocateFrom(ValueLayout.JAVA_INT, words)),
        stored(
            path + ".scales",
            StoredType.F32,
            grouped,
            Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, scales)),
        stored(
            path + ".biases",
            StoredType.F32,
            grouped,
            Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, biases)));
  }

  private interface Change {
    List<Stored> of(String name, List<Long> shape, float[] values);
  }

  private static Stored stored(
      String name, StoredType type, List<Long> shape, MemorySegment bytes) {
    return new Stored(new Planned(name, type, shape), bytes);
  }

  private static void convert(Path from, Path to, Consumer<ObjectNode> config, Change change)
      throws IOException {
    List<Stored> all = new ArrayList<>();
    try (Checkpoint source = Checkpoint.open(from)) {
      for (StoredTensor tensor : source.tensors().values()) {
        float[] values = source.data(tensor.name()).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        all.addAll(change.of(tensor.name(), tensor.shape(), values));
      }
    }
    List<Planned> planned = all.stream().map(Stored::planned).toList();
    try (SafetensorsWriter out =
        SafetensorsWriter.create(to.resolve("model.safetensors"), planned, Map.of())) {
      for (Stored stored : all) {
        out.append(stored.planned().name(), stored.bytes());
      }
      out.finish();
    }
    JsonMapper mapper = JsonMapper.shared();
    ObjectNode json = Configurations.of(from).fields();
    config.accept(json);
    Files.writeString(to.resolve("config.json"), json.toString());
    var lineage = Map.of("sourceSha256", sources(from), "weightsSha256", Map.of());
    Files.writeString(to.resolve("bessemer.json"), mapper.writeValueAsString(lineage));
  }

  private static Map<String, String> sources(Path from) throws IOException {
    Map<String, String> sources = new TreeMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(from)) {
      for (Path file : checkpoint.files()) {
        sources.put(file.getFileName().toString(), FileHash.sha256(file));
      }
    }
    return sources;
  }
}
