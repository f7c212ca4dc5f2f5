package bessemer.inference;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// Asks again until an assertion holds, for a minute at most.
public final class Eventually {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private Eventually() {}

  public static void eventually(ThrowingCallable assertion) throws Throwable {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        assertion.call();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }
}
