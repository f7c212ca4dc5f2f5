package bessemer.foundry.hub;

import java.time.Duration;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Runs an action after a while unless it is called off before; a seam for tests.
@FunctionalInterface
interface Alarm {
  /// What the result runs calls the action off; it must not block.
  Runnable set(Duration delay, Runnable action);

  static Alarm clock() {
    return (delay, action) -> {
      Future<?> waiting =
          ForkJoinPool.commonPool().schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> waiting.cancel(false);
    };
  }
}
