package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.StoredType;
import bessemer.foundry.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MlxConfigTest {
  private static final String LLAMA3 =
      "{\"factor\": 8.0, \"high_freq_factor\": 4.0, \"low_freq_factor\": 1.0,"
          + " \"original_max_position_embeddings\": 64, \"rope_type\": \"llama3\"";

  @TempDir Path folder;

  private JsonNode config(TinyModel model, Precision precision) throws IOException {
    Path source = model.write(folder.resolve("source"));
    var spec = new ConversionSpec(source, folder.resolve("out"), precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      Path file = conversion.assemble().resolve("config.json");
      String text = Files.readString(file);
      assertThat(text).startsWith("{\n    \"");
      JsonNode config = JsonMapper.shared().readTree(text);
      assertThat(List.copyOf(config.propertyNames())).isSorted();
      return config;
    }
  }

  private JsonNode keep(TinyModel model) throws IOException {
    return config(model, new Precision.Keep());
  }

  private static TinyModel tiny(String type, String fields) {
    return TinyModel.of(
        StoredType.F32,
        """
        {"model_type": "%s", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "intermediate_size": 128, "vocab_size": 96,
         "head_dim": 16, "rms_norm_eps": 1e-05, "max_position_embeddings": 256, %s}
        """
            .formatted(type, fields));
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  @Test
  void writesTheRopeOfVersion5ForVersion4Too() throws IOException {
    JsonNode config =
        keep(tiny("llama", "\"rope_parameters\": " + LLAMA3 + ", \"rope_theta\": 500000.0}"));
    assertThat(config.get("rope_theta")).isEqualTo(json("500000.0"));
    assertThat(config.get("rope_scaling")).isEqualTo(json(LLAMA3 + "}"));
    assertThat(config.get("rope_parameters"))
        .isEqualTo(json(LLAMA3 + ", \"rope_theta\": 500000.0}"));
  }

  @Test
  void writesTheRopeOfVersion4ForVersion5Too() throws IOException {
    JsonNode config =
        keep(tiny("llama", "\"rope_theta\": 500000.0, \"rope_scaling\": " + LLAMA3 + "}"));
    assertThat(config.get("rope_theta")).isEqualTo(json("500000.0"));
    assertThat(config.get("rope_scaling")).isEqualTo(json(LLAMA3 + "}"));
    assertThat(config.get("rope_parameters"))
        .isEqualTo(json(LLAMA3 + ", \"rope_theta\": 500000.0}"));
  }

  @Test
  void namesTheTypeOfScalingAsBothVersionsDo() throws IOException {
    JsonNode config =
        keep(tiny("llama", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}"));
    assertThat(config.get("rope_scaling"))
        .isEqualTo(json("{\"factor\": 2.0, \"rope_type\": \"linear\"}"));
    assertThat(config.get("rope_theta")).isEqualTo(json("10000.0"));
  }

  @Test
  void hasNoScalingWherePositionsAreNotScaled() throws IOException {
    JsonNode config =
        keep(
            tiny(
                "qwen3",
                "\"rope_scaling\": null, \"rope_parameters\":"
                    + " {\"rope_type\": \"default\", \"rope_theta\": 1000000.0}"));
    assertThat(config.has("rope_scaling")).isFalse();
    assertThat(config.get("rope_theta")).isEqualTo(json("1000000.0"));
  }

  /// mlx-lm 0.32.2 fails with "'full_attention' is not in list" otherwise.
  @Test
  void leavesOutLayerTypesThatMlxLmCannotLoad() throws IOException {
    String sliding = "[\"sliding_attention\", \"sliding_attention\"]";
    TinyModel model = tiny("mistral", "\"sliding_window\": 8, \"layer_types\": " + sliding);
    JsonNode config = keep(model);
    assertThat(config.has("layer_types")).isFalse();
    assertThat(config.get("sliding_window")).isEqualTo(json("8"));
    assertThat(Inspector.inspect(folder.resolve("source")).warnings())
        .anyMatch(warning -> warning.endsWith("beyond position 8"));
  }

  @Test
  void keepsLayerTypesThatMlxLmCanLoad() throws IOException {
    String mixed = "[\"full_attention\", \"sliding_attention\"]";
    JsonNode config = keep(tiny("mistral", "\"sliding_window\": 8, \"layer_types\": " + mixed));
    assertThat(config.get("layer_types")).isEqualTo(json(mixed));
  }

  @Test
  void saysWhetherEmbeddingsAreTied() throws IOException {
    assertThat(keep(tiny("llama", "\"rope_theta\": 10000.0")).get("tie_word_embeddings"))
        .isEqualTo(json("false"));
  }

  @Test
  void namesTheTypeOfTheWeights() throws IOException {
    JsonNode config =
        config(
            tiny("qwen2", "\"dtype\": \"float32\", \"auto_map\": {\"AutoModel\": \"x.Y\"}"),
            Precision.full("bfloat16"));
    assertThat(config.get("dtype")).isEqualTo(json("\"bfloat16\""));
    assertThat(config.get("torch_dtype")).isEqualTo(json("\"bfloat16\""));
    assertThat(config.has("auto_map")).isFalse();
    assertThat(config.has("quantization")).isFalse();
  }

  @Test
  void describesTheQuantizationTwiceWithExceptions() throws IOException {
    JsonNode config =
        config(
            tiny("llama", "\"rope_theta\": 10000.0"),
            new Precision.Affine(Recipe.mixed("mixed_2_6", 32), new Precision.Keep()));
    String high = "{\"bits\": 6, \"group_size\": 32, \"mode\": \"affine\"}";
    JsonNode expected =
        json(
            """
            {"bits": 2, "group_size": 32, "mode": "affine", "lm_head": %s,
             "model.layers.1.mlp.down_proj": %s, "model.layers.1.self_attn.v_proj": %s}
            """
                .formatted(high, high, high));
    assertThat(config.get("quantization")).isEqualTo(expected);
    assertThat(config.get("quantization_config")).isEqualTo(expected);
  }
}
