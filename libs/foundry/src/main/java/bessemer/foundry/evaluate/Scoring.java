package bessemer.foundry.evaluate;

import bessemer.foundry.score.Bleu;
import bessemer.foundry.score.Metric;
import bessemer.foundry.score.Resampling;
import bessemer.foundry.score.Significance;
import java.util.List;

/// How translations are judged.
///
/// @param samples for intervals and for the comparison of two systems; 0 leaves both out
/// @param test whether two systems differ by chance
/// @param sentences how many of the worst sentences a report shows
public record Scoring(
    List<Metric> metrics, int samples, long seed, Significance test, int sentences) {
  public static final int SENTENCES = 20;

  public Scoring {
    metrics = List.copyOf(metrics);
    if (metrics.isEmpty()) {
      throw new IllegalArgumentException("a judgement without a metric");
    }
    if (samples < 0 || samples == 1 || seed < 0 || sentences < 0) {
      throw new IllegalArgumentException(
          "%d samples from seed %d, %d sentences".formatted(samples, seed, sentences));
    }
  }

  Resampling resampling() {
    return new Resampling(samples, seed);
  }

  /// By which single sentences are put in order: the first metric, chrF before BLEU, which says
  /// little of one sentence.
  Metric ofSentences() {
    Metric first =
        metrics.stream()
            .filter(metric -> !(metric instanceof Bleu))
            .findFirst()
            .orElse(metrics.getFirst());
    return first instanceof Bleu bleu ? bleu.withEffectiveOrder() : first;
  }
}
