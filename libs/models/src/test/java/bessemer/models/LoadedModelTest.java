package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.Planned;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.AffineQuantizer;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Source.Listing.Weight;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Loading, strict and quantized, from checkpoints that the tests change.
class LoadedModelTest {
  private static final int[] TOKENS = {5, 1, 40, 22, 90, 7, 3, 3, 61, 18, 77, 2};

  @TempDir Path folder;

  private record Stored(StoredType type, List<Long> shape, MemorySegment data) {}

  /// The tensors of a golden, to be changed and written again.
  private static Map<String, Stored> tensors(String golden, Arena arena) throws IOException {
    Map<String, Stored> tensors = new LinkedHashMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(Golden.directory(golden))) {
      checkpoint
          .tensors()
          .forEach((name, stored) -> {
            MemorySegment data = arena.allocate(stored.bytes(), 64);
            data.copyFrom(checkpoint.data(name));
            tensors.put(name, new Stored(stored.type(), stored.shape(), data));
          });
    }
    return tensors;
  }

  private Path write(String name, String golden, Map<String, Stored> tensors) throws IOException {
    Path directory = Files.createDirectory(folder.resolve(name));
    Files.copy(Golden.directory(golden).resolve("config.json"), directory.resolve("config.json"));
    List<Planned> planned =
        tensors.entrySet().stream()
            .map(e -> new Planned(e.getKey(), e.getValue().type(), e.getValue().shape()))
            .toList();
    Path file = directory.resolve("model.safetensors");
    try (var out = SafetensorsWriter.create(file, planned, Map.of("format", "mlx"))) {
      for (Planned tensor : planned) {
        out.append(tensor.name(), tensors.get(tensor.name()).data());
      }
      out.finish();
    }
    return directory;
  }

  private static float[] logits(Path directory) throws IOException {
    try (Engine engine = Cpu.engine(2);
        LoadedModel loaded = LoadedModel.load(engine, directory);
        Scope _ = engine.scope()) {
      Pass pass = Pass.of(engine.of(TOKENS, 1, TOKENS.length));
      return loaded.model().forward(pass, Want.ALL).toFloats();
    }
  }

  @ParameterizedTest
  @CsvSource({"qwen2-tied, 4", "qwen2-tied, 8", "qwen3, 3", "llama-biases, 4", "qwen3-tied, 6"})
  void aQuantizedModelEqualsItsDequantizedWeights(String golden, int bits) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      Map<String, Stored> quantized = tensors(golden, arena);
      Map<String, Stored> dense = tensors(golden, arena);
      var q = new Quantization(bits, 32);
      ConfigJson config = ConfigJson.read(Golden.directory(golden).resolve("config.json"));
      int count = 0;
      for (Weight weight : Models.architecture(config).weights()) {
        if (weight.linear() && q.fits(weight.shape().dim(1))) {
          quantize(weight, q, quantized, dense, arena);
          count++;
        }
      }
      Path directory = write("quantized", golden, quantized);
      float[] expected = logits(write("dense", golden, dense));
      assertThat(logits(directory)).containsExactly(expected, offset(1e-5f));
      try (Engine engine = Cpu.engine(1);
          LoadedModel loaded = LoadedModel.load(engine, directory)) {
        assertThat(loaded.quantizations()).hasSize(count).containsValue(q);
      }
      assertThat(count).isPositive();
    }
  }

  private static void quantize(
      Weight weight,
      Quantization q,
      Map<String, Stored> quantized,
      Map<String, Stored> dense,
      Arena arena) {
    String path = weight.path().substring(0, weight.path().length() - ".weight".length());
    long rows = weight.shape().dim(0);
    long width = weight.shape().dim(1);
    MemorySegment words = arena.allocate(4 * rows * q.words(width), 64);
    MemorySegment scales = arena.allocate(4 * rows * q.groups(width), 64);
    MemorySegment biases = arena.allocate(4 * rows * q.groups(width), 64);
    MemorySegment source = dense.get(weight.path()).data();
    AffineQuantizer.quantizeRows(
        q, DType.F32, rows, width, source, new AffineQuantizer.Packed(words, scales, biases));
    List<Long> groups = List.of(rows, q.groups(width));
    quantized.put(weight.path(), new Stored(StoredType.U32, List.of(rows, q.words(width)), words));
    quantized.put(path + ".scales", new Stored(StoredType.F32, groups, scales));
    quantized.put(path + ".biases", new Stored(StoredType.F32, groups, biases));
    for (long i = 0; i < rows * width; i++) {
      long group = i / q.group();
      double value =
          at(scales, group) * (double) code(words, i * q.bits(), q.bits()) + at(biases, group);
      source.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) value);
    }
  }

  private static float at(MemorySegment floats, long index) {
    return floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
  }

  /// Bit by bit.
  private static int code(MemorySegment words, long bit, int bits) {
    int code = 0;
    for (int i = 0; i < bits; i++) {
      int octet = words.get(ValueLayout.JAVA_BYTE, (bit + i) / 8);
      code |= (octet >> ((bit + i) % 8) & 1) << i;
    }
    return code;
  }

  @Test
  void namesEveryTensorThatIsMissingMisshapenOrNotUsed() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      Map<String, Stored> tensors = tensors("qwen2-tied", arena);
      tensors.remove("model.layers.1.self_attn.q_proj.bias");
      tensors.put("model.layers.0.extra", new Stored(StoredType.F32, List.of(1L), bytes(arena, 4)));
      tensors.put("model.norm.weight", new Stored(StoredType.F32, List.of(8L), bytes(arena, 32)));
      Path directory = write("broken", "qwen2-tied", tensors);
      assertThatThrownBy(() -> logits(directory))
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining("model.layers.1.self_attn.q_proj.bias: expected [32], is missing")
          .hasMessageContaining("model.layers.0.extra: is not used")
          .hasMessageContaining("model.norm.weight: expected [32], checkpoint has [8]");
    }
  }

  private static MemorySegment bytes(Arena arena, long count) {
    return arena.allocate(count, 8);
  }

  @Test
  void dropsWhatOldCheckpointsHaveBesides() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      Map<String, Stored> tensors = tensors("llama-tied", arena);
      String frequencies = "model.layers.0.self_attn.rotary_emb.inv_freq";
      tensors.put(frequencies, new Stored(StoredType.F32, List.of(4L), bytes(arena, 16)));
      tensors.put("lm_head.weight", tensors.get("model.embed_tokens.weight"));
      assertThat(logits(write("old", "llama-tied", tensors)))
          .isEqualTo(logits(Golden.directory("llama-tied")));
    }
  }

  @Test
  void refusesTypesThatItDoesNotComputeWith() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      Map<String, Stored> tensors = tensors("llama-tied", arena);
      tensors.put("model.norm.weight", new Stored(StoredType.F64, List.of(32L), bytes(arena, 256)));
      Path directory = write("wide", "llama-tied", tensors);
      assertThatThrownBy(() -> logits(directory))
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining("model.norm.weight")
          .hasMessageContaining("F64");
    }
  }
}
