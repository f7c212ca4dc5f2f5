package bessemer.supervisor.process;

import java.time.Duration;

/// Time as the supervisor sees it, so that tests need not wait for it.
public interface Time {
  /// Nanoseconds of a clock that only runs forward.
  long nanos();

  void pause(Duration duration) throws InterruptedException;

  /// The machine's own.
  static Time system() {
    return new Time() {
      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public void pause(Duration duration) throws InterruptedException {
        Thread.sleep(duration);
      }
    };
  }
}
