package bessemer.inference.serving;

/// How fast tickets come to their end; written by one thread.
final class Pace {
  private static final int LONGEST = 60; // seconds

  private volatile double typicalNanos; // weighs the last ones most

  /// @param nanos from the end of one ticket to that of the next
  void took(double nanos) {
    typicalNanos = typicalNanos == 0 ? nanos : 0.8 * typicalNanos + 0.2 * nanos;
  }

  /// How long so many may take: from one second to a minute.
  int seconds(int waiting) {
    return (int) Math.clamp(Math.ceil(waiting * typicalNanos / 1e9), 1, LONGEST);
  }
}
