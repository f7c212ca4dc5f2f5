package bessemer.foundry.compare;

import java.util.Arrays;

/// How often magnitudes occur, in equal bins from 0 on. The range doubles, and bins merge in pairs,
/// when a larger magnitude comes, so nothing has to be known beforehand.
final class Histogram {
  /// As ONNX Runtime's percentile calibration has them.
  static final int BINS = 2048;

  private final long[] counts = new long[BINS];
  private float limit; // a power of two; 0 before anything but zeros came
  private float most;
  private long total;
  private long zeros;

  /// @throws IllegalArgumentException if one is not finite
  void add(float[] values) {
    for (float value : values) {
      float magnitude = Math.abs(value);
      if (!Float.isFinite(magnitude)) {
        throw new IllegalArgumentException("an activation is " + value);
      }
      if (magnitude > most) {
        most = magnitude;
        widen();
      }
      counts[bin(magnitude)]++;
      total++;
      zeros += magnitude == 0 ? 1 : 0;
    }
  }

  private void widen() {
    if (limit == 0) {
      limit = Math.scalb(1f, Math.max(Math.getExponent(most), Float.MIN_EXPONENT) + 1);
    }
    while (most >= limit) {
      for (int i = 0; i < BINS / 2; i++) {
        counts[i] = counts[2 * i] + counts[2 * i + 1];
      }
      Arrays.fill(counts, BINS / 2, BINS, 0);
      limit *= 2;
    }
  }

  private int bin(float magnitude) {
    return limit == 0 ? 0 : Math.min(BINS - 1, (int) (magnitude / limit * BINS));
  }

  /// The largest magnitude; 0 for none but zeros.
  float most() {
    return most;
  }

  long count(int bin) {
    return counts[bin];
  }

  /// The same without zeros, which every step represents as they are.
  long rounded(int bin) {
    return bin == 0 ? counts[0] - zeros : counts[bin];
  }

  /// Where a bin ends.
  float end(int bin) {
    return limit / BINS * (bin + 1);
  }

  long total() {
    return total;
  }
}
