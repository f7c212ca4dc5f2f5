package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.Mask;
import bessemer.tensor.nn.Source.Listing.Weight;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelsTest {
  private static final String SIZES =
      """
      "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "vocab_size": 50,
      "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128
      """;

  private static ConfigJson config(String type, String fields) {
    String json = "{\"model_type\": \"%s\", %s %s}".formatted(type, SIZES, fields);
    return ConfigJson.parse(Path.of("config.json"), json);
  }

  @Test
  void refusesAnArchitectureThatItDoesNotKnowAndListsThoseItDoes() {
    assertThatThrownBy(() -> Models.architecture(config("gpt2", "")))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("gpt2")
        .hasMessageContaining("llama, mistral, qwen2, qwen3, m2m_100, lingolite");
  }

  @Test
  void listsWeightsWithShapesAndTellsWhichCanBeQuantized() {
    Architecture<?> architecture =
        Models.architecture(config("qwen2", ", \"tie_word_embeddings\": true"));
    List<Weight> weights = architecture.weights();
    assertThat(weights).hasSize(1 + 3 * 12 + 1);
    assertThat(weights.stream().filter(Weight::linear)).hasSize(1 + 3 * 7);
    assertThat(weights)
        .extracting(weight -> weight.path() + " " + weight.shape())
        .contains(
            "model.embed_tokens.weight [50, 64]",
            "model.layers.2.self_attn.k_proj.weight [32, 64]",
            "model.layers.2.self_attn.k_proj.bias [32]",
            "model.layers.0.mlp.down_proj.weight [64, 96]",
            "model.norm.weight [64]");
  }

  @Test
  void aTiedHeadMayLieInACheckpointAndAnUntiedOneIsNeeded() {
    Architecture<?> tied = Models.architecture(config("llama", ", \"tie_word_embeddings\": true"));
    Architecture<?> untied = Models.architecture(config("llama", ""));
    assertThat(tied.drops("lm_head.weight")).isTrue();
    assertThat(untied.drops("lm_head.weight")).isFalse();
    assertThat(untied.drops("model.layers.0.self_attn.rotary_emb.inv_freq")).isTrue();
    assertThat(untied.weights()).extracting(Weight::path).contains("lm_head.weight");
    assertThat(tied.weights()).extracting(Weight::path).doesNotContain("lm_head.weight");
  }

  @Test
  void qwen3HasHeadsOf128WhereTheConfigurationSaysNothing() {
    assertThat(Models.architecture(config("qwen3", "")).weights())
        .extracting(weight -> weight.path() + " " + weight.shape())
        .contains("model.layers.0.self_attn.q_proj.weight [512, 64]");
  }

  @Test
  void windowsAreThoseOfTransformers() {
    Mask causal = new Mask.Causal();
    Mask window = new Mask.Window(8);
    String on = ", \"use_sliding_window\": true, \"sliding_window\": 8";
    assertThat(masks(", \"sliding_window\": 8, \"max_window_layers\": 1")).containsOnly(causal);
    assertThat(masks(on)).containsOnly(causal); // from layer 28 on
    assertThat(masks(on + ", \"max_window_layers\": 2")).containsExactly(causal, causal, window);
    assertThat(
            masks(
                on
                    + ", \"layer_types\":"
                    + " [\"sliding_attention\", \"full_attention\", \"full_attention\"]"))
        .containsExactly(window, causal, causal);
    assertThat(masks(", \"use_sliding_window\": true, \"max_window_layers\": 0"))
        .containsOnly(new Mask.Window(4096));
    assertThat(ConfigFields.window(config("mistral", ""))).isEqualTo(new Mask.Window(4096));
    assertThat(ConfigFields.window(config("mistral", ", \"sliding_window\": null")))
        .isEqualTo(causal);
  }

  private static List<Mask> masks(String fields) {
    return ConfigFields.masks(config("qwen2", fields), 3);
  }

  @Test
  void refusesConfigurationsThatContradictThemselves() {
    assertRefused("qwen2", ", \"layer_types\": [\"full_attention\"]", "1 entries for 3 layers");
    assertRefused("llama", ", \"hidden_act\": \"gelu\"", "gelu");
    assertRefused("llama", ", \"head_dim\": 7", "7");
    assertRefused("mistral", ", \"sliding_window\": 0", "sliding_window is 0");
    assertRefused(
        "qwen3", ", \"layer_types\": [\"full_attention\", \"chunked\", \"chunked\"]", "chunked");
  }

  private static void assertRefused(String type, String fields, String message) {
    assertThatThrownBy(() -> Models.architecture(config(type, fields)))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining(message);
  }
}
