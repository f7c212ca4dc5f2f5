package bessemer.foundry.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;

/// The body of an answer that fails when no byte comes for too long. The client's own timeout ends
/// with the headers, so without this a connection that goes silent is waited for for ever.
final class WatchedBody extends FilterInputStream {
  private final Duration longest;
  private final Alarm alarm;
  private volatile boolean silent;

  WatchedBody(InputStream body, Duration longest, Alarm alarm) {
    super(body);
    this.longest = longest;
    this.alarm = alarm;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Runnable off = alarm.set(longest, this::giveUp);
    try {
      return in.read(bytes, offset, length);
    } catch (IOException e) {
      throw silent ? silence(e) : e;
    } finally {
      off.run();
    }
  }

  /// Runs on another thread; closing wakes the one that reads.
  private void giveUp() {
    silent = true;
    try {
      in.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private IOException silence(IOException cause) {
    var silence = new HttpTimeoutException("no byte came for %d s".formatted(longest.toSeconds()));
    silence.initCause(cause);
    return silence;
  }
}
