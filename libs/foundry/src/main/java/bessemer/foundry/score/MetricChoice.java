package bessemer.foundry.score;

import bessemer.foundry.BadRequestException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Metrics as users name them.
///
/// @param tokenizer for BLEU: `13a`, `intl`, `zh`, `char`, `none`
/// @param smoothing for BLEU: `exp`, `floor`, `add-k`, `none`
/// @param smoothValue for `floor` and `add-k`; null as usual
/// @param whitespace chrF: white space counts among the characters
/// @param epsilonSmoothing chrF: average as chrF++.py does
/// @param beta chrF: how many times more recall counts
public record MetricChoice(
    String tokenizer,
    String smoothing,
    @Nullable Double smoothValue,
    boolean lowercase,
    boolean whitespace,
    boolean epsilonSmoothing,
    int beta) {
  /// sacrebleu's.
  public static final MetricChoice STANDARD =
      new MetricChoice("13a", "exp", null, false, false, false, 2);

  /// @param names `bleu`, `chrf`, `chrf++`
  /// @param lines whether single lines are scored: BLEU then leaves out orders they are too short
  ///   for
  /// @throws BadRequestException if something is called so that does not exist
  public List<Metric> metrics(List<String> names, boolean lines) {
    if (beta < 1) {
      throw new BadRequestException("beta must be at least 1, not " + beta);
    }
    return names.stream().map(name -> metric(name.strip(), lines)).distinct().toList();
  }

  private Metric metric(String name, boolean lines) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "bleu" -> new Bleu(tokens(), smooth(), lowercase, lines, 4);
      case "chrf" -> new Chrf(6, 0, beta, lowercase, whitespace, epsilonSmoothing);
      case "chrf++" -> new Chrf(6, 2, beta, lowercase, whitespace, epsilonSmoothing);
      default ->
          throw new BadRequestException(
              "no metric \"%s\"; there are bleu, chrf and chrf++".formatted(name));
    };
  }

  private Tokenizer tokens() {
    for (Tokenizer known : Tokenizer.values()) {
      if (known.toString().equals(tokenizer.toLowerCase(Locale.ROOT))) {
        return known;
      }
    }
    throw new BadRequestException(
        "no tokenizer \"%s\"; there are 13a, intl, zh, char and none".formatted(tokenizer));
  }

  private Smoothing smooth() {
    return switch (smoothing) {
      case "exp" -> new Smoothing.Exponential();
      case "none" -> new Smoothing.None();
      case "floor" -> new Smoothing.Floor(value(Smoothing.Floor.DEFAULT));
      case "add-k" -> new Smoothing.AddK(value(Smoothing.AddK.DEFAULT));
      default ->
          throw new BadRequestException(
              "no smoothing \"%s\"; there are exp, floor, add-k and none".formatted(smoothing));
    };
  }

  private double value(double usual) {
    double value = smoothValue == null ? usual : smoothValue;
    if (!(value >= 0) || value == Double.POSITIVE_INFINITY) {
      throw new BadRequestException(
          "a smoothing value must be a number of at least 0, not " + value);
    }
    return value;
  }
}
