package bessemer.foundry.score;

/// Exponential and logarithm, computed with twice the digits and then rounded: the same on every
/// machine, and what a good C library gives but for the last bit of few arguments.
final class Rounded {
  private static final double LN2_HIGH = 0x1.62e42fefa39efp-1;
  private static final double LN2_LOW = 0x1.abc9e3b39803fp-56;
  private static final int HALVINGS = 7;
  private static final int TERMS = 11;

  /// A sum of two doubles, the second below half a unit in the last place of the first.
  private record Pair(double high, double low) {
    static Pair of(double a, double b) {
      double sum = a + b;
      return new Pair(sum, b - (sum - a)); // |a| >= |b|
    }

    Pair times(Pair other) {
      double product = high * other.high;
      double rest = Math.fma(high, other.high, -product);
      return of(product, rest + (high * other.low + low * other.high));
    }

    Pair dividedBy(double divisor) {
      double quotient = high / divisor;
      double rest = Math.fma(-quotient, divisor, high) + low;
      return of(quotient, rest / divisor);
    }

    /// One more; for what is below one.
    Pair plusOne() {
      Pair sum = of(1, high);
      return of(sum.high, sum.low + low);
    }
  }

  private Rounded() {}

  /// e to a power.
  static double exp(double x) {
    if (!(Math.abs(x) < 700)) {
      return StrictMath.exp(x); // no room for the second half
    }
    Pair power = power(x);
    return power.high + power.low;
  }

  /// The natural logarithm of a positive number.
  static double log(double x) {
    double near = StrictMath.log(x);
    if (!(Math.abs(near) < 700)) {
      return near;
    }
    Pair inverse = power(-near);
    double product = x * inverse.high;
    double rest = Math.fma(x, inverse.high, -product) + x * inverse.low;
    double error = product - 1 + rest;
    return near + (error - error * error / 2);
  }

  private static Pair power(double x) {
    double twos = Math.rint(x / LN2_HIGH);
    double product = twos * LN2_HIGH;
    double lost = Math.fma(twos, LN2_HIGH, -product) + twos * LN2_LOW;
    double rest = x - product;
    double sum = rest - lost;
    double scale = 1.0 / (1 << HALVINGS);
    Pair r = new Pair(sum * scale, (rest - sum - lost) * scale);
    Pair series = new Pair(1, 0);
    for (int n = TERMS; n >= 1; n--) {
      series = r.times(series).dividedBy(n).plusOne();
    }
    for (int i = 0; i < HALVINGS; i++) {
      series = series.times(series);
    }
    double two = StrictMath.scalb(1.0, (int) twos);
    return new Pair(series.high * two, series.low * two);
  }
}
