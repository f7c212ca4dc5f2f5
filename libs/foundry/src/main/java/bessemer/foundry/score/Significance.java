package bessemer.foundry.score;

import org.jspecify.annotations.Nullable;

/// Whether two systems differ by more than chance, on the same lines and references.
public enum Significance {
  /// Resamples lines (Koehn 2004).
  BOOTSTRAP("bs", 1000) {
    @Override
    Comparison compare(Metric metric, Pair pair, Resampling resampling) {
      Samples baseline = Samples.bootstrap(metric, pair.baseline, resampling);
      Samples system = Samples.bootstrap(metric, pair.system, resampling);
      double pValue = system.differences(baseline).centred().pValue(pair.difference(metric));
      return new Comparison(
          metric.name(),
          new Comparison.Side(pair.baselineScore(metric), baseline.confidence()),
          new Comparison.Side(pair.systemScore(metric), system.confidence()),
          pValue,
          Signature.of(metric, pair.corpus, signed(), resampling));
    }
  },
  /// Swaps lines between the systems (Riezler and Maxwell 2005).
  RANDOMIZATION("ar", 10_000) {
    @Override
    Comparison compare(Metric metric, Pair pair, Resampling resampling) {
      var shuffles = new Shuffles(metric, pair.baseline, pair.system, resampling.seed());
      double pValue =
          Samples.draw(resampling.count(), shuffles::difference).pValue(pair.difference(metric));
      return new Comparison(
          metric.name(),
          new Comparison.Side(pair.baselineScore(metric), null),
          new Comparison.Side(pair.systemScore(metric), null),
          pValue,
          Signature.of(metric, pair.corpus, signed(), resampling));
    }
  };

  /// Two systems compared by a metric.
  ///
  /// @param pValue how probable it is to see a difference this large between equal systems
  public record Comparison(
      String name, Side baseline, Side system, double pValue, String signature) {

    /// @param confidence null where the test gives none
    public record Side(Score score, @Nullable Confidence confidence) {}
  }

  record Pair(Corpus corpus, Statistics baseline, Statistics system) {
    Score baselineScore(Metric metric) {
      return metric.score(baseline.sums());
    }

    Score systemScore(Metric metric) {
      return metric.score(system.sums());
    }

    double difference(Metric metric) {
      return Math.abs(baselineScore(metric).value() - systemScore(metric).value());
    }
  }

  private final String signed;
  private final int usualCount;

  Significance(String signed, int usualCount) {
    this.signed = signed;
    this.usualCount = usualCount;
  }

  /// How often one usually resamples.
  public int usualCount() {
    return usualCount;
  }

  final String signed() {
    return signed;
  }

  /// @throws IllegalArgumentException if the two do not have as many lines
  public Comparison compare(Metric metric, Corpus baseline, Corpus system, Resampling resampling) {
    if (!baseline.references().equals(system.references())) {
      throw new IllegalArgumentException("both systems need the same references");
    }
    var pair = new Pair(system, metric.statistics(baseline), metric.statistics(system));
    return compare(metric, pair, resampling);
  }

  abstract Comparison compare(Metric metric, Pair pair, Resampling resampling);
}
