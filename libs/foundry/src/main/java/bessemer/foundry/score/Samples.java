package bessemer.foundry.score;

import java.util.Arrays;
import java.util.function.Supplier;

/// Scores of many resampled corpora, with the array arithmetic of numpy.
final class Samples {
  private static final int BLOCK = 128;

  private final double[] values;
  private final Arithmetic arithmetic;

  private Samples(double[] values, Arithmetic arithmetic) {
    this.values = values;
    this.arithmetic = arithmetic;
  }

  /// An array is float32 if all of its scores are.
  static Samples draw(int count, Supplier<Sample> draws) {
    double[] values = new double[count];
    boolean single = true;
    for (int i = 0; i < count; i++) {
      Sample sample = draws.get();
      values[i] = sample.value();
      single &= sample.single();
    }
    return new Samples(values, single ? Arithmetic.SINGLE : Arithmetic.PYTHON);
  }

  /// Scores of samples with replacement, each as large as the corpus.
  static Samples bootstrap(Metric metric, Statistics statistics, Resampling resampling) {
    var generator = new Generator(resampling.seed());
    int lines = statistics.lines();
    int width = statistics.width();
    int[] values = statistics.values();
    return draw(
        resampling.count(),
        () -> {
          float[] sums = new float[width]; // added in the order drawn, as numpy does
          for (int i = 0; i < lines; i++) {
            int row = generator.below(lines) * width;
            for (int j = 0; j < width; j++) {
              sums[j] += values[row + j];
            }
          }
          return metric.sample(widened(sums), Arithmetic.SINGLE);
        });
  }

  private static double[] widened(float[] sums) {
    double[] wide = new double[sums.length];
    for (int i = 0; i < sums.length; i++) {
      wide[i] = sums[i];
    }
    return wide;
  }

  /// Absolute differences, pair by pair.
  Samples differences(Samples other) {
    boolean single = arithmetic == Arithmetic.SINGLE && other.arithmetic == Arithmetic.SINGLE;
    Arithmetic of = single ? Arithmetic.SINGLE : Arithmetic.PYTHON;
    double[] differences = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      differences[i] = Math.abs(of.round(values[i] - other.values[i]));
    }
    return new Samples(differences, of);
  }

  /// Each less the mean of all.
  Samples centred() {
    double mean = mean();
    double[] centred = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      centred[i] = arithmetic.round(values[i] - mean);
    }
    return new Samples(centred, arithmetic);
  }

  /// How probable a difference this large is by chance; one more in numerator and denominator keeps
  /// it from claiming 0.
  double pValue(double difference) {
    double limit = arithmetic.round(difference);
    long larger = Arrays.stream(values).filter(value -> value > limit).count();
    return (larger + 1.0) / (values.length + 1.0);
  }

  /// 95 % of the scores lie in it, with the mean as numpy's arrays have it.
  Confidence confidence() {
    return new Confidence(new Samples(sorted(), arithmetic).mean(), halfWidth());
  }

  /// The same with the mean as Python's statistics have it.
  Confidence exactConfidence() {
    return new Confidence(arithmetic.round(Numbers.mean(values)), halfWidth());
  }

  private double[] sorted() {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  private double halfWidth() {
    double[] sorted = sorted();
    int left = sorted.length / 40;
    double width = arithmetic.round(sorted[sorted.length - 1 - left] - sorted[left]);
    return arithmetic.round(0.5 * width);
  }

  private double mean() {
    return arithmetic.round(sum(values, 0, values.length) / values.length);
  }

  /// Halves down to blocks, eight sums at a time within one: numpy's pairwise summation.
  private double sum(double[] numbers, int from, int count) {
    if (count > BLOCK) {
      int half = count / 2 - count / 2 % 8;
      return arithmetic.round(sum(numbers, from, half) + sum(numbers, from + half, count - half));
    }
    double[] sums = new double[8];
    int whole = count - count % 8;
    for (int i = 0; i < whole; i++) {
      sums[i % 8] = arithmetic.round(sums[i % 8] + numbers[from + i]);
    }
    double left = arithmetic.round(pair(sums, 0) + pair(sums, 2));
    double total = arithmetic.round(left + arithmetic.round(pair(sums, 4) + pair(sums, 6)));
    for (int i = whole; i < count; i++) {
      total = arithmetic.round(total + numbers[from + i]);
    }
    return total;
  }

  private double pair(double[] sums, int first) {
    return arithmetic.round(sums[first] + sums[first + 1]);
  }
}
