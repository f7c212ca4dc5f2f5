package bessemer.foundry.compare;

/// What is lost by cutting magnitudes off and by giving the others few levels.
final class Divergence {
  private static final double NEARLY_NOTHING = 1e-9;

  private Divergence() {}

  /// Of the first `bins` bins, the last with all that is cut off, from the same bins where those of
  /// one level share what they have (bins that are empty stay so). Zeros are left out: half of what
  /// a ReLU gives is zeros, and a level that they share with other numbers would seem to lose most.
  static double of(Histogram seen, int bins, int levels) {
    double[] wanted = new double[bins];
    double beyond = 0;
    for (int bin = 0; bin < Histogram.BINS; bin++) {
      if (bin < bins) {
        wanted[bin] = seen.rounded(bin);
      } else {
        beyond += seen.rounded(bin);
      }
    }
    double[] got = shared(wanted, levels);
    wanted[bins - 1] += beyond;
    return divergence(wanted, got);
  }

  private static double[] shared(double[] wanted, int levels) {
    double[] got = new double[wanted.length];
    for (int level = 0; level < levels; level++) {
      int from = level * wanted.length / levels;
      int to = (level + 1) * wanted.length / levels;
      double sum = 0;
      int filled = 0;
      for (int bin = from; bin < to; bin++) {
        sum += wanted[bin];
        filled += wanted[bin] > 0 ? 1 : 0;
      }
      for (int bin = from; bin < to; bin++) {
        got[bin] = wanted[bin] > 0 ? sum / filled : 0;
      }
    }
    return got;
  }

  private static double divergence(double[] p, double[] q) {
    double sumP = 0;
    double sumQ = 0;
    for (int i = 0; i < p.length; i++) {
      sumP += p[i];
      sumQ += q[i];
    }
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      if (p[i] > 0) {
        double a = p[i] / sumP;
        double b = sumQ == 0 ? 0 : q[i] / sumQ;
        sum += a * Math.log(a / Math.max(b, NEARLY_NOTHING));
      }
    }
    return sum;
  }
}
