package bessemer.cli;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.train.LoraSettings;
import bessemer.models.AdapterConfig;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/// What is trained, and how.
final class LoraOptions {
  @Option(names = "--steps", paramLabel = "N", description = "Default ${DEFAULT-VALUE}.")
  private long steps = 200;

  @Option(
      names = "--batch",
      paramLabel = "B",
      description = "Examples in a pass. Default ${DEFAULT-VALUE}.")
  private int batch = 4;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description = "Passes in a step. Default ${DEFAULT-VALUE}.")
  private int accumulate = 1;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Tokens of an example; longer ones are cut. Default ${DEFAULT-VALUE}.")
  private int maxLength = 2048;

  @Option(
      names = "--count",
      paramLabel = "WHAT",
      description = "answers: users' words have no loss; all: they have. Default ${DEFAULT-VALUE}.")
  private String counted = "answers";

  @Option(names = "--rank", paramLabel = "R", description = "Default ${DEFAULT-VALUE}.")
  private int rank = 8;

  @Option(
      names = "--scale",
      paramLabel = "S",
      description = "Of the adapters (alpha over rank elsewhere). Default ${DEFAULT-VALUE}.")
  private float scale = 20;

  @Option(names = "--dropout", paramLabel = "P", description = "Default ${DEFAULT-VALUE}.")
  private float dropout;

  @Option(
      names = "--layers",
      paramLabel = "N",
      description = "Adapt the last N blocks; 0 for all. Default ${DEFAULT-VALUE}.")
  private int layers = 16;

  @Option(
      names = "--keys",
      split = ",",
      paramLabel = "KEY",
      description = "Linears to adapt, such as self_attn.q_proj. Default: all of a block.")
  private List<String> keys = AdapterConfig.ALL_KEYS;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      description = "The highest. Default ${DEFAULT-VALUE}.")
  private float learningRate = 1e-5f;

  @Option(
      names = "--schedule",
      paramLabel = "CURVE",
      description = "constant, linear or cosine (both to 0). Default ${DEFAULT-VALUE}.")
  private String schedule = "constant";

  @Option(
      names = "--warmup",
      paramLabel = "N",
      description = "Steps in which the rate rises. Default ${DEFAULT-VALUE}.")
  private long warmup;

  @Option(names = "--weight-decay", paramLabel = "W", description = "Default ${DEFAULT-VALUE}.")
  private float weightDecay = 0.01f;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description = "Scale longer gradients down; 0 for none. Default ${DEFAULT-VALUE}.")
  private float clip = 1;

  @Option(
      names = "--valid-share",
      paramLabel = "P",
      description = "Examples kept for validation without --valid. Default ${DEFAULT-VALUE}.")
  private double validShare = 0.1;

  @Option(names = "--seed", paramLabel = "S", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  /// @param modelLayers blocks of the model
  /// @param ownValid whether validation has a file of its own
  LoraSettings settings(int modelLayers, boolean ownValid) {
    try {
      int adapted = layers == 0 ? modelLayers : Math.min(layers, modelLayers);
      return new LoraSettings(
          new AdapterConfig(rank, scale, dropout, adapted, keys),
          steps,
          batch,
          accumulate,
          maxLength,
          countsAll(),
          ownValid ? 0 : validShare,
          new LoraSettings.Descent(learningRate, curve(), warmup, weightDecay, clip),
          seed);
    } catch (BadRequestException | IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }

  private boolean countsAll() {
    return switch (counted) {
      case "answers" -> false;
      case "all" -> true;
      default -> throw new BadRequestException("--count " + counted + ": answers or all");
    };
  }

  private LoraSettings.Curve curve() {
    return switch (schedule.toLowerCase(Locale.ROOT)) {
      case "constant" -> LoraSettings.Curve.CONSTANT;
      case "linear" -> LoraSettings.Curve.LINEAR;
      case "cosine" -> LoraSettings.Curve.COSINE;
      default ->
          throw new BadRequestException("--schedule " + schedule + ": constant, linear or cosine");
    };
  }
}
