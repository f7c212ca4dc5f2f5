package bessemer.inference;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/// Asks again until an assertion holds, for a minute at most.
public final class Eventually {
  private Eventually() {}

  public static void eventually(ThrowingRunnable assertion) {
    Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(assertion);
  }
}
