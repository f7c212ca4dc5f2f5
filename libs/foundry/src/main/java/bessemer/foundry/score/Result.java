package bessemer.foundry.score;

import org.jspecify.annotations.Nullable;

/// The score of a corpus with what is needed to compare and repeat it.
///
/// @param confidence null unless it was asked for
/// @param signature how the score was computed, in sacrebleu's words
public record Result(String name, Score score, @Nullable Confidence confidence, String signature) {

  public static Result of(Metric metric, Corpus corpus) {
    return new Result(metric.name(), metric.score(corpus), null, Signature.of(metric, corpus));
  }

  /// With a confidence interval by bootstrap.
  public static Result of(Metric metric, Corpus corpus, Resampling resampling) {
    Statistics statistics = metric.statistics(corpus);
    Confidence confidence = Samples.bootstrap(metric, statistics, resampling).exactConfidence();
    return new Result(
        metric.name(),
        metric.score(statistics.sums()),
        confidence,
        Signature.of(metric, corpus, "bs", resampling));
  }

  /// As sacrebleu prints it, with this many decimals.
  public String line(int decimals) {
    var line = new StringBuilder(name + "|" + signature + " = ");
    line.append(Numbers.fixed(score.value(), decimals));
    if (confidence != null && confidence.mean() > 0) {
      line.append(" (μ = ").append(Numbers.fixed(confidence.mean(), decimals));
      line.append(" ± ").append(Numbers.fixed(confidence.halfWidth(), decimals)).append(')');
    }
    return score.details().isEmpty() ? line.toString() : line + " " + score.details();
  }
}
