package bessemer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigJsonTest {
  @Test
  void readsTypedFields() {
    ConfigJson config =
        config(
            """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64,
             "rms_norm_eps": 1e-6, "tie_word_embeddings": false, "head_dim": null,
             "eos_token_id": [1, 2], "bos_token_id": 5, "quantization": {"bits": 4}}
            """);
    assertThat(config.modelType()).isEqualTo("llama");
    assertThat(config.architectures()).containsExactly("LlamaForCausalLM");
    assertThat(config.integer("hidden_size")).isEqualTo(64);
    assertThat(config.number("rms_norm_eps")).isEqualTo(1e-6);
    assertThat(config.number("hidden_size")).isEqualTo(64);
    assertThat(config.bool("tie_word_embeddings")).isFalse();
    assertThat(config.has("head_dim")).isFalse();
    assertThat(config.optionalInteger("head_dim")).isEmpty();
    assertThat(config.optionalBool("attention_bias")).isEmpty();
    assertThat(config.optionalText("hidden_act")).isEmpty();
    assertThat(config.integers("eos_token_id")).containsExactly(1, 2);
    assertThat(config.integers("bos_token_id")).containsExactly(5);
    assertThat(config.integers("pad_token_id")).isEmpty();
    assertThat(config.list("eos_token_id")).hasSize(2);
    assertThat(config.object("quantization").integer("bits")).isEqualTo(4);
  }

  @Test
  void namesFieldValueAndFile() {
    ConfigJson config =
        config(
            "{\"a\": \"x\", \"b\": 1.5, \"c\": {\"d\": []}, \"e\": 3000000000, \"f\": [1, \"2\"]}");
    assertBad(
        () -> config.integer("a"),
        "config.json: field \"a\" is \"\\\"x\\\"\", expected an integer");
    assertBad(() -> config.integer("b"), "field \"b\" is \"1.5\", expected an integer");
    assertBad(() -> config.integer("e"), "field \"e\" is \"3000000000\", expected an integer");
    assertBad(() -> config.integer("hidden_size"), "lacks the field \"hidden_size\"");
    assertBad(() -> config.bool("a"), "expected true or false");
    assertBad(() -> config.text("b"), "expected a text");
    assertBad(() -> config.object("a"), "expected an object");
    assertBad(() -> config.list("a"), "expected a list");
    assertBad(
        () -> config.integers("f"), "field \"f\" is \"\\\"2\\\"\", expected a list of integers");
    assertBad(() -> config.object("c").number("d"), "field \"c.d\" is \"[]\", expected a finite");
    assertBad(() -> config.object("c").number("x"), "lacks the field \"c.x\"");
  }

  @Test
  void readsNonFiniteNumbersThatNobodyAsksFor() {
    ConfigJson config = config("{\"limit\": Infinity, \"x\": 1}");
    assertThat(config.integer("x")).isEqualTo(1);
    assertBad(() -> config.number("limit"), "expected a finite number");
  }

  @Test
  void readsTheTypeOfBothVersions() {
    assertThat(config("{\"torch_dtype\": \"bfloat16\"}").dtype()).contains("bfloat16");
    assertThat(config("{\"dtype\": \"float16\"}").dtype()).contains("float16");
    assertThat(config("{}").dtype()).isEmpty();
  }

  @Test
  void readsRotaryParametersOfVersion4() {
    RopeParameters rope =
        config(
                """
                {"rope_theta": 500000.0,
                 "rope_scaling": {"type": "linear", "factor": 8.0}}
                """)
            .ropeParameters();
    assertThat(rope.type()).isEqualTo("linear");
    assertThat(rope.theta()).isEqualTo(500_000);
    assertThat(rope.fields().number("factor")).isEqualTo(8);
  }

  @Test
  void readsRotaryParametersOfVersion5() {
    RopeParameters rope =
        config(
                """
                {"rope_scaling": null,
                 "rope_parameters": {"rope_type": "llama3", "rope_theta": 1e6, "factor": 32}}
                """)
            .ropeParameters();
    assertThat(rope.type()).isEqualTo("llama3");
    assertThat(rope.theta()).isEqualTo(1e6);
    assertThat(rope.fields().integer("factor")).isEqualTo(32);
  }

  @Test
  void assumesWhatTransformersAssumes() {
    RopeParameters plain = config("{}").ropeParameters();
    assertThat(plain.type()).isEqualTo("default");
    assertThat(plain.theta()).isEqualTo(10_000);
    assertThat(plain.fields().has("factor")).isFalse();
    assertThat(config("{\"rope_theta\": 5, \"rope_scaling\": null}").ropeParameters().theta())
        .isEqualTo(5);
  }

  @Test
  void readsRotaryParametersPerTypeOfLayers() {
    ConfigJson config =
        config(
            """
            {"rope_theta": 7, "rope_parameters": {
              "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8},
              "sliding_attention": {"rope_type": "default"}}}
            """);
    assertThat(config.ropeParametersByLayerType().sequencedKeySet())
        .containsExactly("full_attention", "sliding_attention");
    assertThat(config.ropeParametersByLayerType().get("full_attention").theta()).isEqualTo(1e6);
    assertThat(config.ropeParametersByLayerType().get("sliding_attention").theta()).isEqualTo(7);
    assertBad(config::ropeParameters, "differs between types of layers: [full_attention, sliding");
    assertThat(config("{\"rope_theta\": 7}").ropeParametersByLayerType()).isEmpty();
  }

  @Test
  void refusesHostileOrForeignFiles(@TempDir Path directory) throws IOException {
    assertBad(() -> config("{\"a\": 1, \"a\": 2}"), "Duplicate");
    assertBad(() -> config("[1]"), "holds a JSON ARRAY where an object is expected");
    assertBad(() -> config("{\"a\": " + "[".repeat(5000)), "is not valid JSON");
    assertBad(() -> config("{} {}"), "is not valid JSON");
    assertBad(() -> config("{\"text_config\": {}}"), "a model of several parts");
    assertBad(() -> config("{\"rope_theta\": 0}").ropeParameters(), "must be positive");
    Path file = directory.resolve("config.json");
    Files.writeString(file, " ".repeat((4 << 20) + 1));
    assertBad(() -> ConfigJson.read(file), "is longer than 4194304 bytes");
    Files.writeString(file, "{\"a\": 1}");
    assertThat(ConfigJson.read(file).integer("a")).isEqualTo(1);
  }

  private static ConfigJson config(String json) {
    return ConfigJson.parse(Path.of("config.json"), json);
  }

  private static void assertBad(ThrowingCallable call, String problem) {
    assertThatThrownBy(call)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContainingAll("config.json: ", problem);
  }
}
