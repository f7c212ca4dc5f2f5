package bessemer.foundry.score;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Numbers as Python writes and averages them.
public final class Numbers {
  private Numbers() {}

  /// With this many decimals, rounded from the exact value; `String.format` rounds the shortest
  /// decimal that stands for it.
  public static String fixed(double value, int decimals) {
    return new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
  }

  /// The mean, rounded once.
  static double mean(double[] values) {
    BigDecimal sum = BigDecimal.ZERO;
    for (double value : values) {
      sum = sum.add(new BigDecimal(value));
    }
    var precision = new MathContext(60);
    return sum.divide(BigDecimal.valueOf(values.length), precision).doubleValue();
  }
}
