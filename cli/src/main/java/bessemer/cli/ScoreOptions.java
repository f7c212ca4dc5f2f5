package bessemer.cli;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.score.Bleu;
import bessemer.foundry.score.Chrf;
import bessemer.foundry.score.Metric;
import bessemer.foundry.score.Smoothing;
import bessemer.foundry.score.Tokenizer;
import java.util.List;
import java.util.Locale;
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
      converter = Tokenizers.class,
      defaultValue = "13a",
      description = "BLEU: 13a, intl, zh, char or none. Default ${DEFAULT-VALUE}.")
  private Tokenizer tokenizer = Tokenizer.V13A;

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
    return metrics.stream().map(name -> metric(name.strip(), lines)).distinct().toList();
  }

  private Metric metric(String name, boolean lines) {
    if (beta < 1) {
      throw new BadRequestException("--beta must be at least 1, not " + beta);
    }
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "bleu" -> new Bleu(tokenizer, smoothing(), lowercase, lines, 4);
      case "chrf" -> new Chrf(6, 0, beta, lowercase, whitespace, epsilonSmoothing);
      case "chrf++" -> new Chrf(6, 2, beta, lowercase, whitespace, epsilonSmoothing);
      default ->
          throw new BadRequestException(
              "--metric: no metric \"%s\"; there are bleu, chrf and chrf++".formatted(name));
    };
  }

  private Smoothing smoothing() {
    return switch (smoothing) {
      case "exp" -> new Smoothing.Exponential();
      case "none" -> new Smoothing.None();
      case "floor" -> new Smoothing.Floor(value(Smoothing.Floor.DEFAULT));
      case "add-k" -> new Smoothing.AddK(value(Smoothing.AddK.DEFAULT));
      default ->
          throw new BadRequestException(
              "--smooth: no smoothing \"%s\"; there are exp, floor, add-k and none"
                  .formatted(smoothing));
    };
  }

  private double value(double usual) {
    double value = smoothValue == null ? usual : smoothValue;
    if (!(value >= 0) || value == Double.POSITIVE_INFINITY) {
      throw new BadRequestException("--smooth-value must be a number of at least 0, not " + value);
    }
    return value;
  }

  static final class Tokenizers implements picocli.CommandLine.ITypeConverter<Tokenizer> {
    @Override
    public Tokenizer convert(String name) {
      for (Tokenizer tokenizer : Tokenizer.values()) {
        if (tokenizer.toString().equals(name.toLowerCase(Locale.ROOT))) {
          return tokenizer;
        }
      }
      throw new picocli.CommandLine.TypeConversionException(
          "no tokenizer \"%s\"; there are 13a, intl, zh, char and none".formatted(name));
    }
  }
}
