package bessemer.cli;

import java.util.Locale;

/// Amounts as people read them.
final class Sizes {
  private static final String[] BYTES = {"B", "KB", "MB", "GB", "TB"};

  private Sizes() {}

  /// Decimal units, as disks and downloads are measured.
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < BYTES.length - 1) {
      value /= 1000;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, value < 10 ? "%.2f %s" : "%.1f %s", value, BYTES[unit]);
  }

  /// 1,234 -> `1.2 K`; 494,032,768 -> `494 M`.
  static String count(long count) {
    if (count < 1000) {
      return Long.toString(count);
    }
    double value = count;
    int unit = -1;
    while (value >= 1000 && unit < 3) {
      value /= 1000;
      unit++;
    }
    return String.format(
        Locale.ROOT, value < 10 ? "%.2f %s" : "%.0f %s", value, "KMBT".charAt(unit));
  }
}
