package bessemer.cli;

import bessemer.models.generation.Sampling;
import java.util.List;
import picocli.CommandLine.Option;

/// How the next token is chosen, and when a text ends.
final class SamplingOptions {
  @Option(names = "--max-tokens", paramLabel = "N", description = "Default ${DEFAULT-VALUE}.")
  private int maxTokens = 256;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0 always takes the most likely token. Default ${DEFAULT-VALUE}.")
  private float temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Choose among the K most likely.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Choose among the most likely that together reach P.")
  private float topP = 1;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Drop what is less likely than P times the most likely.")
  private float minP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description = "Above 1: say less again. Default ${DEFAULT-VALUE}.")
  private float repetitionPenalty = 1;

  @Option(names = "--seed", paramLabel = "S", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; repeatable.")
  private List<String> stops = List.of();

  int maxTokens() {
    return maxTokens;
  }

  List<String> stops() {
    return stops;
  }

  /// @throws CommandException if a value is out of its range
  Sampling sampling() {
    try {
      return new Sampling(repetitionPenalty, temperature, topK, topP, minP, seed);
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
