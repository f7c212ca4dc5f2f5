package bessemer.foundry.compare;

import bessemer.foundry.BadRequestException;
import java.util.Locale;

/// Up to which magnitude activations keep their value; beyond it they are cut off, so that those
/// within have smaller steps.
public enum CalibrationMethod {
  /// The largest that came: nothing of the texts is cut off.
  MIN_MAX("min-max") {
    @Override
    float threshold(Histogram seen) {
      return seen.most();
    }
  },

  /// That which 99.999 of 100 do not exceed, as ONNX Runtime has it.
  PERCENTILE("percentile") {
    @Override
    float threshold(Histogram seen) {
      long within = (long) Math.ceil(seen.total() * 0.99999);
      long sum = 0;
      for (int bin = 0; bin < Histogram.BINS; bin++) {
        sum += seen.count(bin);
        if (sum >= within) {
          return Math.min(seen.most(), seen.end(bin));
        }
      }
      return seen.most();
    }
  },

  /// That with the least Kullback-Leibler divergence of what 128 levels make of the magnitudes from
  /// the magnitudes themselves.
  ENTROPY("entropy") {
    @Override
    float threshold(Histogram seen) {
      int best = Histogram.BINS;
      double least = Double.POSITIVE_INFINITY;
      for (int bins = LEVELS; bins <= Histogram.BINS; bins += LEVELS / 8) {
        double divergence = Divergence.of(seen, bins, LEVELS);
        if (divergence < least) {
          least = divergence;
          best = bins;
        }
      }
      return Math.min(seen.most(), seen.end(best - 1));
    }
  };

  private static final int LEVELS = 128;

  private final String words;

  CalibrationMethod(String words) {
    this.words = words;
  }

  abstract float threshold(Histogram seen);

  /// @param name minmax, percentile or entropy
  public static CalibrationMethod named(String name) {
    for (CalibrationMethod method : values()) {
      if (method.words.replace("-", "").equals(name.toLowerCase(Locale.ROOT).replace("-", ""))) {
        return method;
      }
    }
    throw new BadRequestException(
        "calibration \"%s\": choose minmax, percentile or entropy".formatted(name));
  }

  @Override
  public String toString() {
    return words;
  }
}
