package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Source;
import bessemer.tensor.nn.Source.Listing.Weight;
import bessemer.tensor.nn.Want;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// 24 layers of 896 against PyTorch: errors of a realistic depth and width, which tiny models do
/// not show. Weights come from the hash of `tools/goldens/realistic.py`.
class RealisticTest {
  private static final double TOLERANCE = 1e-5;
  private static final long WEYL = 0x9E3779B97F4A7C15L;

  @Test
  void aDeepModelStaysWithPyTorch() {
    JsonNode golden = new JsonMapper().readTree(Path.of("src/test/resources/realistic.json"));
    Path file = Path.of("config.json");
    Architecture<LanguageModel> architecture =
        Models.languageModel(ConfigJson.parse(file, golden.get("config").toString()));
    try (Arena arena = Arena.ofShared();
        Engine engine = Cpu.engine(2);
        Scope scope = engine.scope()) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      for (Weight weight : architecture.weights()) {
        MemorySegment data = weight(weight, arena);
        weights.put(weight.path(), engine.constant(data, new Spec(DType.F32, weight.shape())));
      }
      LanguageModel model =
          new Source.Checkpoint(engine, weights).build(architecture.constructor());
      int[] tokens = golden.get("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
      var recording = new Trace.Recording(scope);
      try (Trace _ = engine.trace(new Blocks(recording))) {
        Pass pass = Pass.of(engine.of(tokens, 1, tokens.length));
        Tensor logits = model.forward(pass, Want.LAST);
        close("logits", logits, golden.get("logits"), golden.get("largest_logit"));
        assertThat(logits.argMax().toInts()).containsExactly(golden.get("best").asInt());
      }
      for (String path : golden.get("blocks").propertyNames()) {
        Tensor block = recording.outputs().get(path);
        Tensor last = block.slice(1, tokens.length - 1, tokens.length);
        close(path, last, golden.get("blocks").get(path), golden.get("largest").get(path));
      }
    }
  }

  /// Keeps what blocks put out, and nothing is made for it.
  private record Blocks(Trace.Recording recording) implements Trace.Observer {
    @Override
    public Tensor output(String path, Tensor value) {
      return path.matches("model\\.layers\\.\\d+") ? recording.output(path, value) : value;
    }
  }

  private static void close(String what, Tensor row, JsonNode expected, JsonNode largest) {
    float[] actual = row.toFloats();
    double worst =
        IntStream.range(0, expected.size())
            .mapToDouble(i -> Math.abs(actual[i] - expected.get(i).asDouble()))
            .max()
            .orElseThrow();
    assertThat(worst).as(what).isLessThanOrEqualTo(TOLERANCE * Math.max(1, largest.asDouble()));
  }

  private static MemorySegment weight(Weight weight, Arena arena) {
    long count = weight.shape().size();
    MemorySegment data = arena.allocate(4 * count, 64);
    boolean norm = weight.path().contains("norm");
    float scale = norm ? 0.25f : weight.path().endsWith("bias") ? 0.5f : 0.0625f;
    long seed = seed(weight.path());
    IntStream.range(0, Math.toIntExact(count))
        .parallel()
        .forEach(i -> {
          float value = scale * hashed(seed, i + 1L);
          data.setAtIndex(ValueLayout.JAVA_FLOAT, i, norm ? 1 + value : value);
        });
    return data;
  }

  private static long seed(String name) {
    long seed = 0xCBF29CE484222325L;
    for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
      seed = (seed ^ octet) * 0x100000001B3L;
    }
    return seed;
  }

  private static float hashed(long seed, long counter) {
    long z = seed + counter * WEYL;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return ((z >>> 40) - (1 << 23)) / (float) (1 << 23);
  }
}
