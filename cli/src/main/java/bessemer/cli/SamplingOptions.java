package bessemer.cli;

import bessemer.models.generation.Sampling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /// As the gateway takes them; what OpenAI's interface does not know only where it was chosen.
  Map<String, Object> fields() {
    Sampling checked = sampling();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("max_tokens", maxTokens);
    fields.put("temperature", checked.temperature());
    fields.put("top_p", checked.topP());
    fields.put("seed", checked.seed());
    if (!stops.isEmpty()) {
      fields.put("stop", stops);
    }
    if (topK != 0) {
      fields.put("top_k", topK);
    }
    if (minP != 0) {
      fields.put("min_p", minP);
    }
    if (repetitionPenalty != 1) {
      fields.put("repetition_penalty", repetitionPenalty);
    }
    return fields;
  }

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
