package bessemer.supervisor.process;

import java.time.Duration;

/// How long to wait before a process that ended is started again: the pause doubles as long as it
/// keeps ending soon, and is short again after it ran well for a while.
final class Backoff {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final Duration WELL = Duration.ofMinutes(1);

  private Duration next = FIRST;

  /// @param ran how long the process lived
  Duration after(Duration ran) {
    if (ran.compareTo(WELL) >= 0) {
      next = FIRST;
    }
    Duration pause = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    return pause;
  }
}
