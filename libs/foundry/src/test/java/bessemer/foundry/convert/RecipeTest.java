package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.BadRequestException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecipeTest {
  private static List<Integer> highLayers(Recipe recipe, String module, int layers) {
    return IntStream.range(0, layers)
        .filter(i -> recipe.at("model.layers." + i + "." + module, layers).bits() == 6)
        .boxed()
        .toList();
  }

  /// Worked out by hand from mlx-lm's rule: 22 layers have an eighth of 2 and a last eighth from 19
  /// on; between, every third counted from layer 4.
  @Test
  void givesMoreBitsToTheLayersThatMlxLmChooses() {
    Recipe recipe = Recipe.mixed("mixed_3_6", 64);
    List<Integer> of22 = List.of(0, 1, 4, 7, 10, 13, 16, 19, 20, 21);
    assertThat(highLayers(recipe, "self_attn.v_proj", 22)).isEqualTo(of22);
    assertThat(highLayers(recipe, "mlp.down_proj", 22)).isEqualTo(of22);
    assertThat(highLayers(recipe, "mlp.up_proj", 22)).isEmpty();
    assertThat(highLayers(recipe, "mlp.down_proj", 2)).containsExactly(1);
    assertThat(highLayers(recipe, "mlp.down_proj", 16)).containsExactly(0, 1, 4, 7, 10, 13, 14, 15);
  }

  @Test
  void knowsTheBitsOfEachMixture() {
    for (String name : Recipe.MIXED) {
      Recipe recipe = Recipe.mixed(name, 32);
      String bits = recipe.base().bits() + "_" + recipe.at("lm_head", 4).bits();
      assertThat("mixed_" + bits).isEqualTo(name);
      assertThat(recipe.at("model.embed_tokens", 4)).isEqualTo(recipe.base());
    }
  }

  @Test
  void refusesWhatMlxDoesNotKnow() {
    assertThatThrownBy(() -> Recipe.uniform(7, 64))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("7");
    assertThatThrownBy(() -> Recipe.uniform(4, 48)).isInstanceOf(BadRequestException.class);
    assertThatThrownBy(() -> Recipe.mixed("mixed_1_9", 64))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("mixed_4_6");
  }
}
