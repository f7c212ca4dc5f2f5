package bessemer.foundry.hub;

import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;

/// Repeats what fails for a passing reason, with growing pauses or the ones the hub asks for.
final class Retry {
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final int attempts;
  private final Sleeper sleeper;

  Retry(int attempts, Sleeper sleeper) {
    this.attempts = attempts;
    this.sleeper = sleeper;
  }

  /// Waits; tests only note the duration.
  interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  interface Attempt<T> {
    T run() throws IOException, InterruptedException;
  }

  /// The hub is busy (429 or 5xx); `pause` is what it asked for, zero if it did not say.
  static final class BusyHub extends IOException {
    private static final long serialVersionUID = 1L;
    private final Duration pause;

    BusyHub(String message, Duration pause) {
      super(message);
      this.pause = pause;
    }
  }

  <T> T run(String what, Attempt<T> attempt) throws IOException, InterruptedException {
    for (int tried = 1; ; tried++) {
      try {
        return attempt.run();
      } catch (HubException | java.nio.file.FileSystemException e) {
        throw e;
      } catch (IOException e) {
        if (tried == attempts) {
          throw exhausted(what, e);
        }
        sleeper.sleep(pause(e, tried));
      }
    }
  }

  private HubException exhausted(String what, IOException last) {
    if (last instanceof ConnectException) {
      String message =
          "cannot reach %s (%d attempts). Check the network or HF_ENDPOINT, or convert a directory"
              + " that you downloaded elsewhere: bessemer convert ./folder";
      return new HubException(Kind.UNREACHABLE, message.formatted(what, attempts), last);
    }
    String message = "%s failed %d times, last: %s. Run again to resume";
    return new HubException(
        Kind.TOO_MANY_RETRIES, message.formatted(what, attempts, last.getMessage()), last);
  }

  private static Duration pause(IOException e, int tried) {
    Duration grown = Duration.ofSeconds(1L << Math.min(tried - 1, 5));
    Duration asked = e instanceof BusyHub busy ? busy.pause : Duration.ZERO;
    Duration longer = asked.compareTo(grown) > 0 ? asked : grown;
    return longer.compareTo(LONGEST) > 0 ? LONGEST : longer;
  }
}
