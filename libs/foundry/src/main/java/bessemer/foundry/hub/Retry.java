package bessemer.foundry.hub;

import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.function.LongSupplier;

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

  /// `reached` grows with every byte that need not be asked for again; a failure after which it has
  /// grown is counted as the first.
  <T> T run(String what, LongSupplier reached, Attempt<T> attempt)
      throws IOException, InterruptedException {
    int tried = 0;
    while (true) {
      long before = reached.getAsLong();
      try {
        return attempt.run();
      } catch (HubException | FileSystemException e) {
        throw e;
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw (InterruptedException) new InterruptedException(what).initCause(e);
        }
        tried = reached.getAsLong() > before ? 1 : tried + 1;
        if (tried == attempts) {
          throw exhausted(what, e);
        }
        sleeper.sleep(pause(e, tried));
      }
    }
  }

  private HubException exhausted(String what, IOException last) {
    if (last instanceof ConnectException
        || last instanceof HttpConnectTimeoutException
        || last instanceof UnknownHostException) {
      String message =
          "cannot reach %s (%d attempts). Check the network or HF_ENDPOINT, or convert a directory"
              + " that you downloaded elsewhere: bessemer convert ./folder";
      return new HubException(Kind.UNREACHABLE, message.formatted(what, attempts), last);
    }
    String message = "%s failed %d times in a row, last: %s. Run again to resume";
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
