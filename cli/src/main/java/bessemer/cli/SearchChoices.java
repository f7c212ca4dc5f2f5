package bessemer.cli;

import bessemer.contracts.EvalSpec;
import bessemer.foundry.evaluate.Search;
import bessemer.models.generation.Sampling;
import bessemer.models.translation.SearchOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How translations are searched; what is not chosen is as the model's `generation_config.json` has
/// it.
final class SearchChoices {
  @Option(
      names = "--beams",
      paramLabel = "N",
      description = "Translations followed together; 1 takes the likeliest word each time.")
  private @Nullable Integer beams;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Tokens of a translation at most, its start and language counted.")
  private @Nullable Integer maxTokens;

  @Option(
      names = "--length-penalty",
      paramLabel = "P",
      description = "Above 0 favours long translations; with beams only.")
  private @Nullable Double lengthPenalty;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "No N tokens come twice in a translation; 0 allows all.")
  private @Nullable Integer noRepeatNgram;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Above 0: draw words instead of taking the likeliest; without beams.")
  private float temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Draw among the K likeliest.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw among the likeliest that together reach P.")
  private float topP = 1;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "The same draws the same, whatever is translated with it. Default 0.")
  private long seed;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = {
        "Texts that are translated together at most (default ${DEFAULT-VALUE}); through the gateway",
        "the worker decides."
      })
  private int batch = Search.BATCH;

  @Nullable Integer beams() {
    return beams;
  }

  @Nullable Integer maxTokens() {
    return maxTokens;
  }

  @Nullable Double lengthPenalty() {
    return lengthPenalty;
  }

  @Nullable Integer noRepeatNgram() {
    return noRepeatNgram;
  }

  int batch() {
    return batch;
  }

  /// @throws IllegalArgumentException if the choices make no search
  SearchOptions over(SearchOptions defaults) {
    return new SearchOptions(
        beams(defaults),
        maxTokens == null ? defaults.maxLength() : maxTokens,
        lengthPenalty == null ? defaults.lengthPenalty() : lengthPenalty,
        noRepeatNgram == null ? defaults.noRepeatNgram() : noRepeatNgram,
        defaults.earlyStopping(),
        sampling());
  }

  /// Who asks for a temperature does not want the beams that a model's settings have.
  private int beams(SearchOptions defaults) {
    if (beams != null) {
      return beams;
    }
    return temperature > 0 ? 1 : defaults.beams();
  }

  private Sampling sampling() {
    if (temperature == 0 && (topK != 0 || topP != 1)) {
      throw new IllegalArgumentException(
          "--top-k and --top-p choose what is drawn from: add --temperature, such as 1");
    }
    return new Sampling(1, temperature, topK, topP, 0, seed);
  }

  Search chosen() {
    requireNoDrawing();
    return new Search(beams, maxTokens, lengthPenalty, noRepeatNgram, batch);
  }

  /// The same for the services.
  EvalSpec.Search spec() {
    requireNoDrawing();
    return new EvalSpec.Search(beams, maxTokens, lengthPenalty, noRepeatNgram, batch);
  }

  private void requireNoDrawing() {
    if (temperature != 0) {
      throw new CommandException(
          Exit.USAGE, "--temperature draws words: an evaluation wants the likeliest ones");
    }
  }
}
