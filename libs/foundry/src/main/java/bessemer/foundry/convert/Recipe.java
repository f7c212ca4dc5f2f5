package bessemer.foundry.convert;

import bessemer.foundry.BadRequestException;
import bessemer.tensor.Quantization;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many bits each weight gets.
public sealed interface Recipe {
  /// Names of the mixed recipes, as in mlx-lm.
  List<String> MIXED = List.of("mixed_2_6", "mixed_3_4", "mixed_3_6", "mixed_4_6");

  /// What a module without an entry of its own has.
  Quantization base();

  /// What the linear or embedding at `path`, such as `model.layers.3.mlp.down_proj`, gets in a
  /// model of `layers` layers.
  Quantization at(String path, int layers);

  /// The same everywhere.
  record Uniform(Quantization base) implements Recipe {
    @Override
    public Quantization at(String path, int layers) {
      return base;
    }
  }

  /// mlx-lm's mixtures: more bits for the output layer, and for `v_proj` and `down_proj` in the
  /// first and the last eighth of the layers and in every third between.
  record Mixed(Quantization base, Quantization high) implements Recipe {
    private static final Pattern LAYER = Pattern.compile("\\.layers\\.(\\d+)\\.");

    @Override
    public Quantization at(String path, int layers) {
      boolean sensitive = path.contains("v_proj") || path.contains("down_proj");
      boolean more = path.contains("lm_head") || (sensitive && moreBits(layer(path), layers));
      return more ? high : base;
    }

    private static int layer(String path) {
      Matcher layer = LAYER.matcher(path);
      return layer.find() ? Integer.parseInt(layer.group(1)) : 0;
    }

    private static boolean moreBits(int layer, int layers) {
      int eighth = layers / 8;
      return layer < eighth || layer >= 7 * layers / 8 || Math.floorMod(layer - eighth, 3) == 2;
    }
  }

  static Recipe uniform(int bits, int group) {
    return new Uniform(quantization(bits, group));
  }

  /// One of [#MIXED].
  static Recipe mixed(String name, int group) {
    if (!MIXED.contains(name)) {
      throw new BadRequestException("recipe \"" + name + "\": choose one of " + MIXED);
    }
    String[] bits = name.substring("mixed_".length()).split("_");
    return new Mixed(
        quantization(Integer.parseInt(bits[0]), group),
        quantization(Integer.parseInt(bits[1]), group));
  }

  private static Quantization quantization(int bits, int group) {
    try {
      return new Quantization(bits, group);
    } catch (IllegalArgumentException e) {
      throw new BadRequestException(String.valueOf(e.getMessage()));
    }
  }
}
