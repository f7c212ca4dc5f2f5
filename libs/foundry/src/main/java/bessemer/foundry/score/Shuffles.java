package bessemer.foundry.score;

/// Two systems whose lines are swapped at random, again and again.
final class Shuffles {
  private final Metric metric;
  private final Generator generator;
  private final int width;
  private final int lines;
  private final int[] swap; // what the first sum gains by a line of the baseline
  private final double[] system;
  private final double[] both;

  Shuffles(Metric metric, Statistics baseline, Statistics system, long seed) {
    this.metric = metric;
    this.generator = new Generator(seed);
    this.width = baseline.width();
    this.lines = baseline.lines();
    this.system = system.sums();
    this.both = baseline.sums();
    this.swap = new int[baseline.values().length];
    for (int i = 0; i < swap.length; i++) {
      swap[i] = baseline.values()[i] - system.values()[i];
    }
    for (int i = 0; i < width; i++) {
      both[i] += this.system[i];
    }
  }

  /// The difference of the scores after the next shuffle.
  Sample difference() {
    long[] gained = new long[width];
    for (int line = 0; line < lines; line++) {
      int mask = generator.nextBoolean() ? -1 : 0;
      int row = line * width;
      for (int i = 0; i < width; i++) {
        gained[i] += swap[row + i] & mask;
      }
    }
    double[] first = new double[width];
    double[] second = new double[width];
    for (int i = 0; i < width; i++) {
      first[i] = system[i] + gained[i];
      second[i] = both[i] - first[i];
    }
    Sample a = metric.sample(first, Arithmetic.INTEGER);
    Sample b = metric.sample(second, Arithmetic.INTEGER);
    return new Sample(Math.abs(a.value() - b.value()), false);
  }
}
