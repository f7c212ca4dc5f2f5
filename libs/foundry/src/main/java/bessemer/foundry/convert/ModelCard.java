package bessemer.foundry.convert;

import bessemer.checkpoint.ConfigJson;
import bessemer.models.Models;

/// The `README.md` of a result: what it is, where it comes from, and what runs it. mlx-lm has no
/// encoder-decoder models and no int8 with a scale for each row.
final class ModelCard {
  private static final String GENERATE = "bessemer generate . --prompt \"Hello\"";
  private static final String MLX_GENERATE = "mlx_lm.generate --model . --prompt \"Hello\"";
  private static final String TRANSLATE =
      """
      bessemer list languages .
      bessemer translate . --from English --to French "Hello."\
      """;

  private ModelCard() {}

  static String of(ConfigJson config, ConversionSpec spec) {
    boolean translates = Models.translates(config);
    boolean mlx = !translates && !(spec.precision() instanceof Precision.Int8);
    String revision = spec.origin().revision();
    return """
    ---
    library_name: %s
    tags:
    - %s
    pipeline_tag: %s
    ---

    # %s

    Weights of %s%s in %s, converted by Bessemer: %s.
    `bessemer.json` says what was read and written, and whether the result was compared with
    the original.

    ```
    %s
    ```
    """
        .formatted(
            mlx ? "mlx" : "bessemer",
            mlx ? "mlx" : "bessemer",
            translates ? "translation" : "text-generation",
            spec.title(),
            spec.origin().name(),
            revision.isEmpty() ? "" : " at revision " + revision,
            mlx ? "MLX's format" : "safetensors for Bessemer, which mlx-lm cannot load",
            Assembler.describe(spec.precision()),
            translates ? TRANSLATE : mlx ? MLX_GENERATE : GENERATE);
  }
}
