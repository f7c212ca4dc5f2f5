package bessemer.foundry.benchmark;

import java.util.Arrays;

/// A distribution of measured durations, by nearest rank, in milliseconds.
public record Percentiles(double mean, double p50, double p95, double p99, double max) {

  /// @throws IllegalArgumentException if there are no values
  public static Percentiles ofNanos(long... nanos) {
    if (nanos.length == 0) {
      throw new IllegalArgumentException("no durations to summarise");
    }
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Percentiles(
        Arrays.stream(sorted).average().orElseThrow() / 1e6,
        rank(sorted, 0.50),
        rank(sorted, 0.95),
        rank(sorted, 0.99),
        sorted[sorted.length - 1] / 1e6);
  }

  private static double rank(long[] sorted, double share) {
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted[Math.max(1, rank) - 1] / 1e6;
  }
}
