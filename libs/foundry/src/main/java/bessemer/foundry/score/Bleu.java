package bessemer.foundry.score;

import bessemer.foundry.score.Score.BleuScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// BLEU (Papineni et al. 2002).
///
/// @param maxOrder the longest n-grams
/// @param effectiveOrder leave out orders that the hypotheses are too short for, as one does for
///   single lines
public record Bleu(
    Tokenizer tokenizer,
    Smoothing smoothing,
    boolean lowercase,
    boolean effectiveOrder,
    int maxOrder)
    implements Metric {
  private static final double LOG_OF_ZERO = -9_999_999_999.0;

  public Bleu {
    if (maxOrder < 1) {
      throw new IllegalArgumentException("maxOrder must be at least 1, not " + maxOrder);
    }
  }

  /// 13a, exponential smoothing, n-grams up to 4, case counts.
  public Bleu() {
    this(Tokenizer.V13A, new Smoothing.Exponential(), false, false, 4);
  }

  public Bleu withEffectiveOrder() {
    return new Bleu(tokenizer, smoothing, lowercase, true, maxOrder);
  }

  @Override
  public String name() {
    return "BLEU";
  }

  @Override
  public String settings() {
    return "case:%s|eff:%s|tok:%s|smooth:%s"
        .formatted(lowercase ? "lc" : "mixed", effectiveOrder ? "yes" : "no", tokenizer, smoothing);
  }

  /// Rows of words in the hypothesis, words in the closest reference, matches and n-grams by order.
  @Override
  public Statistics statistics(Corpus corpus) {
    return Statistics.of(
        corpus.lines(),
        2 + 2 * maxOrder,
        (grams, line, values, at) -> {
          grams.forget();
          int[] hypothesis = words(grams, corpus.hypotheses().get(line));
          List<int[]> references = new ArrayList<>();
          for (String reference : corpus.references().get(line)) {
            references.add(words(grams, reference));
          }
          int[] matches = grams.matches(hypothesis, references, maxOrder);
          values[at] = hypothesis.length;
          values[at + 1] = closest(hypothesis.length, references);
          for (int n = 0; n < maxOrder; n++) {
            values[at + 2 + n] = matches[n];
            values[at + 2 + maxOrder + n] = Math.max(0, hypothesis.length - n);
          }
        });
  }

  private int[] words(Grams grams, String line) {
    String text = PythonText.stripEnd(lowercase ? PythonText.lower(line) : line);
    return grams.words(tokenizer.spaced(text));
  }

  private static int closest(int length, List<int[]> references) {
    int closest = references.getFirst().length;
    for (int[] reference : references) {
      int further = Math.abs(length - reference.length) - Math.abs(length - closest);
      if (further < 0 || (further == 0 && reference.length < closest)) {
        closest = reference.length;
      }
    }
    return closest;
  }

  @Override
  public Score score(double[] sums) {
    return compute(sums, Arithmetic.PYTHON);
  }

  @Override
  public Sample sample(double[] sums, Arithmetic arithmetic) {
    return new Sample(compute(sums, arithmetic).value(), false);
  }

  private BleuScore compute(double[] sums, Arithmetic a) {
    double[] matches = Arrays.copyOfRange(sums, 2, 2 + maxOrder);
    double[] totals = Arrays.copyOfRange(sums, 2 + maxOrder, 2 + 2 * maxOrder);
    double[] precisions = new double[maxOrder];
    double penalty = brevityPenalty(sums[0], sums[1]);
    double value = 0;
    if (Arrays.stream(matches).anyMatch(count -> count != 0)) {
      int orders = precisions(matches, totals, precisions, a);
      double logs = 0;
      for (int n = 0; n < orders; n++) {
        logs += precisions[n] == 0 ? LOG_OF_ZERO : Rounded.log(precisions[n]);
      }
      value = penalty * Rounded.exp(logs / orders);
    }
    return new BleuScore(
        value,
        BleuScore.list(matches),
        BleuScore.list(totals),
        BleuScore.list(precisions),
        penalty,
        (long) sums[0],
        (long) sums[1]);
  }

  private static double brevityPenalty(double length, double reference) {
    if (length >= reference) {
      return 1;
    }
    return length > 0 ? Rounded.exp(1 - reference / length) : 0;
  }

  /// Fills in precisions; says how many orders count.
  private int precisions(double[] matches, double[] totals, double[] precisions, Arithmetic a) {
    int orders = maxOrder;
    double missed = 1;
    for (int n = 0; n < maxOrder; n++) {
      if (n > 0 && smoothing instanceof Smoothing.AddK(double k)) {
        matches[n] = a.stored(matches[n] + a.round(k));
        totals[n] = a.stored(totals[n] + a.round(k));
      }
      if (totals[n] == 0) {
        break;
      }
      if (effectiveOrder) {
        orders = n + 1;
      }
      if (matches[n] != 0) {
        precisions[n] = a.round(a.round(100 * matches[n]) / totals[n]);
      } else {
        missed = smoothing instanceof Smoothing.Exponential ? 2 * missed : missed;
        precisions[n] = unmatched(missed, totals[n], a);
      }
    }
    return orders;
  }

  private double unmatched(double missed, double total, Arithmetic a) {
    return switch (smoothing) {
      case Smoothing.Exponential _ -> a.round(100 / a.round(missed * total));
      case Smoothing.Floor(double value) -> a.round(a.round(100 * value) / total);
      case Smoothing.AddK _, Smoothing.None _ -> 0;
    };
  }
}
