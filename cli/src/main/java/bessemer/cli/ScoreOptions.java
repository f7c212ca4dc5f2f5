package bessemer.cli;

import bessemer.contracts.EvalSpec;
import bessemer.foundry.score.Metric;
import bessemer.foundry.score.MetricChoice;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which metrics score translations, and how.
final class ScoreOptions {
  @Option(
      names = "--metric",
      split = ",",
      paramLabel = "M",
      defaultValue = "bleu,chrf",
      description = "bleu, chrf, chrf++; several with commas. Default ${DEFAULT-VALUE}.")
  private List<String> metrics = List.of();

  @Option(
      names = "--tokenize",
      paramLabel = "T",
      defaultValue = "13a",
      description = "BLEU: 13a, intl, zh, char or none. Default ${DEFAULT-VALUE}.")
  private String tokenizer = "";

  @Option(
      names = "--smooth",
      paramLabel = "S",
      defaultValue = "exp",
      description = "BLEU: exp, floor, add-k or none. Default ${DEFAULT-VALUE}.")
  private String smoothing = "";

  @Option(
      names = "--smooth-value",
      paramLabel = "X",
      description = "For floor (default 0.1) and add-k (default 1).")
  private @Nullable Double smoothValue;

  @Option(names = "--lowercase", description = "Case does not count, in any metric.")
  private boolean lowercase;

  @Option(names = "--whitespace", description = "chrF: white space counts among the characters.")
  private boolean whitespace;

  @Option(names = "--eps-smoothing", description = "chrF: as chrF++.py and NLTK average orders.")
  private boolean epsilonSmoothing;

  @Option(
      names = "--beta",
      paramLabel = "N",
      defaultValue = "2",
      description = "chrF: how many times more recall counts. Default ${DEFAULT-VALUE}.")
  private int beta;

  /// @param lines whether single lines are scored: BLEU then leaves out orders they are too short
  ///   for
  List<Metric> chosen(boolean lines) {
    var choice =
        new MetricChoice(
            tokenizer, smoothing, smoothValue, lowercase, whitespace, epsilonSmoothing, beta);
    return choice.metrics(metrics, lines);
  }

  /// The same for the services.
  EvalSpec.Scoring spec() {
    return new EvalSpec.Scoring(
        metrics, tokenizer, smoothing, smoothValue, lowercase, whitespace, epsilonSmoothing, beta);
  }
}
