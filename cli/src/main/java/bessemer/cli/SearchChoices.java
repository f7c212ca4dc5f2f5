package bessemer.cli;

import bessemer.contracts.EvalSpec;
import bessemer.foundry.evaluate.Search;
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
    return chosen().over(defaults);
  }

  Search chosen() {
    return new Search(beams, maxTokens, lengthPenalty, noRepeatNgram, batch);
  }

  /// The same for the services.
  EvalSpec.Search spec() {
    return new EvalSpec.Search(beams, maxTokens, lengthPenalty, noRepeatNgram, batch);
  }
}
