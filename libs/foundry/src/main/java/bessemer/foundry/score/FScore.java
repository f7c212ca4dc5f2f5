package bessemer.foundry.score;

/// The F score of chrF, from counts by order of n-grams in the hypothesis, in the reference, and in
/// both.
final class FScore {
  private static final double EPSILON = 1e-16;

  private final int orders;
  private final double factor;
  private final boolean epsilonSmoothing;
  private final Arithmetic numpy;

  FScore(Chrf chrf, Arithmetic numpy) {
    this.orders = chrf.charOrder() + chrf.wordOrder();
    this.factor = (double) chrf.beta() * chrf.beta();
    this.epsilonSmoothing = chrf.epsilonSmoothing();
    this.numpy = numpy;
  }

  Sample of(double[] counts) {
    return epsilonSmoothing ? meanOfScores(counts) : scoreOfMeans(counts);
  }

  private Sample scoreOfMeans(double[] counts) {
    double precision = 0;
    double recall = 0;
    int effective = 0;
    for (int i = 0; i < 3 * orders; i += 3) {
      if (counts[i] > 0 && counts[i + 1] > 0) {
        precision = numpy.round(precision + numpy.round(counts[i + 2] / counts[i]));
        recall = numpy.round(recall + numpy.round(counts[i + 2] / counts[i + 1]));
        effective++;
      }
    }
    if (precision + recall == 0) {
      return new Sample(0, false);
    }
    precision = numpy.round(precision / effective);
    recall = numpy.round(recall / effective);
    double product = numpy.round(numpy.round((1 + factor) * precision) * recall);
    double sum = numpy.round(numpy.round(factor * precision) + recall);
    double score = numpy.round(product / sum);
    return new Sample(numpy.round(100 * score), numpy == Arithmetic.SINGLE);
  }

  /// Numbers are Python's until they meet one of numpy's.
  private Sample meanOfScores(double[] counts) {
    double sum = 0;
    Arithmetic ofSum = Arithmetic.PYTHON;
    for (int i = 0; i < 3 * orders; i += 3) {
      boolean hasHypothesis = counts[i] > 0;
      boolean hasReference = counts[i + 1] > 0;
      double precision = hasHypothesis ? numpy.round(counts[i + 2] / counts[i]) : EPSILON;
      double recall = hasReference ? numpy.round(counts[i + 2] / counts[i + 1]) : EPSILON;
      Arithmetic ofPrecision = hasHypothesis ? numpy : Arithmetic.PYTHON;
      Arithmetic ofTerm = hasReference ? numpy : ofPrecision;
      double weighted = ofTerm.round(ofPrecision.round(factor * precision));
      double below = ofTerm.round(weighted + ofTerm.round(recall));
      double term = EPSILON;
      if (below > 0) {
        double more = ofTerm.round(ofPrecision.round((1 + factor) * precision));
        term = ofTerm.round(ofTerm.round(more * ofTerm.round(recall)) / below);
        ofSum = ofTerm == Arithmetic.PYTHON ? ofSum : numpy;
      }
      sum = ofSum.round(ofSum.round(sum) + ofSum.round(term));
    }
    double score = ofSum.round(ofSum.round(100 * sum) / orders);
    return new Sample(score, ofSum == Arithmetic.SINGLE);
  }
}
