package bessemer.tensor.cpu;

import bessemer.tensor.Primitive.Draw;

/// Draws from rows of logits, in doubles and plainly: who computes on the processor draws outside.
final class Draws {
  private Draws() {}

  static int from(long x, int width, float uniform, Draw rules) {
    double top = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < width; i++) {
      double value = Raw.get(x + 4L * i);
      if (Double.isNaN(value) || value == Double.POSITIVE_INFINITY) {
        return -1;
      }
      top = Math.max(top, value);
    }
    int[] ranks = rules.ranks(width) ? Logits.ranks(x, width) : new int[0];
    double[] weights = new double[(int) rules.count(width)];
    for (int i = 0; i < weights.length; i++) {
      int place = ranks.length == 0 ? i : ranks[i];
      weights[i] = Math.exp((Raw.get(x + 4L * place) - top) / rules.temperature());
    }
    keep(weights, rules);
    int drawn = place(weights, uniform);
    return ranks.length == 0 ? drawn : ranks[drawn];
  }

  /// Zeros for what top-p and min-p drop. The largest weight is 1.
  private static void keep(double[] weights, Draw rules) {
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    double reached = 0;
    for (int i = 0; i < weights.length; i++) {
      double weight = weights[i];
      boolean needed = rules.topP() == 1 || reached < rules.topP() * sum;
      weights[i] = needed && weight >= rules.minP() ? weight : 0;
      reached += weight;
    }
  }

  private static int place(double[] weights, double uniform) {
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    double rest = uniform * sum;
    int last = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        last = i;
        rest -= weights[i];
        if (rest < 0) {
          break;
        }
      }
    }
    return last;
  }
}
