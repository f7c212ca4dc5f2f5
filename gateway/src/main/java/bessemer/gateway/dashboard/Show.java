package bessemer.gateway.dashboard;

import bessemer.contracts.JobView;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Numbers in the words of the pages.
final class Show {
  private static final String[] BYTES = {"B", "kB", "MB", "GB", "TB"};
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final double SUBSCRIPT_BELOW = 1e-3;

  private Show() {}

  static String bytes(double bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 999.5 && unit < BYTES.length - 1) {
      value /= 1000;
      unit++;
    }
    String format = unit == 0 || value >= 99.5 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, value, BYTES[unit]);
  }

  /// @param unit as in [bessemer.contracts.JobView.Progress]
  static String amount(double amount, String unit) {
    if (unit.equals(JobView.Progress.BYTES)) {
      return bytes(amount);
    }
    String format = amount >= 10 || amount == Math.rint(amount) ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, amount, unit);
  }

  static String seconds(double seconds) {
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    if (whole < 3600) {
      return "%d min %02d s".formatted(whole / 60, whole % 60);
    }
    return "%d h %02d min".formatted(whole / 3600, whole % 3600 / 60);
  }

  /// How long ago, coarse.
  static String age(Instant at, Instant now) {
    long seconds = Math.max(0, Duration.between(at, now).toSeconds());
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }

  static String clock(Instant at) {
    return CLOCK.format(at);
  }

  static String day(@Nullable Instant at) {
    return at == null ? "never" : DAY.format(at);
  }

  /// A measured error: small ones with their power of ten.
  static String number(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : Double.toString(value);
    }
    double size = Math.abs(value);
    return String.format(
        Locale.ROOT, size < SUBSCRIPT_BELOW || size >= 1e5 ? "%.2e" : "%.4g", value);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
