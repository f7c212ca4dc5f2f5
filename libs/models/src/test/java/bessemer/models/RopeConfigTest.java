package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.nn.Rope;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Rotary frequencies against those that `tools/goldens/rope.py` recorded from transformers, from
/// the configuration to the bits.
///
/// PyTorch's power rounds one in some hundred values the other way, so the last bit may differ
/// there, and twice that where two roundings follow it.
class RopeConfigTest {
  private static final Path FILE = Path.of("config.json");
  private static final int STEPS = 1;

  @TestFactory
  Stream<DynamicTest> frequenciesAreThoseOfTransformers() {
    JsonNode tables = new JsonMapper().readTree(Path.of("src/test/resources/rope.json"));
    return tables
        .valueStream()
        .map(table -> {
          JsonNode rope = table.get("config").get("rope_parameters");
          String name = rope + " " + table.get("width") + " to " + table.get("end");
          return DynamicTest.dynamicTest(name, () -> compare(table));
        });
  }

  private static void compare(JsonNode table) {
    int width = table.get("width").asInt();
    ConfigJson config = ConfigJson.parse(FILE, table.get("config").toString());
    Rope.Spec spec = RopeConfig.from(config, width);
    float[] ours = spec.frequencies(width, table.get("end").asLong());
    int[] steps =
        IntStream.range(0, ours.length)
            .map(i -> Math.abs(Float.floatToIntBits(ours[i]) - table.get("bits").get(i).asInt()))
            .toArray();
    assertThat(steps).hasSize(table.get("bits").size());
    assertThat(IntStream.of(steps).max().orElseThrow()).isLessThanOrEqualTo(STEPS);
    assertThat(IntStream.of(steps).filter(step -> step > 0).count())
        .isLessThanOrEqualTo(1 + width / 32);
    assertThat(spec.attentionFactor()).isEqualTo((float) table.get("attention_factor").asDouble());
  }

  @Test
  void refusesAKindThatItDoesNotKnow() {
    ConfigJson config =
        ConfigJson.parse(FILE, "{\"rope_scaling\": {\"rope_type\": \"proportional\"}}");
    assertThatThrownBy(() -> RopeConfig.from(config, 64))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("proportional")
        .hasMessageContaining("longrope");
  }

  @Test
  void refusesFactorsThatDoNotFitTheHead() {
    ConfigJson config =
        ConfigJson.parse(
            FILE,
            """
            {"max_position_embeddings": 64,
             "rope_scaling": {"rope_type": "longrope", "short_factor": [1, 2], "long_factor": [1]}}
            """);
    assertThatThrownBy(() -> RopeConfig.from(config, 4))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("long_factor needs 2 numbers");
  }
}
