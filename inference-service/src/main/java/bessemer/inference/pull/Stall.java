package bessemer.inference.pull;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes a stream over which nothing came for a while: a connection whose other end has gone
/// silently would otherwise be read from for ever.
final class Stall implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Stall.class);

  private final AtomicLong movedAt = new AtomicLong(System.nanoTime());
  private final Thread watcher;

  private Stall(InputStream stream, Duration patience) {
    watcher = Thread.ofVirtual().name("stall").unstarted(() -> watch(stream, patience.toNanos()));
  }

  static Stall watch(InputStream stream, Duration patience) {
    Stall stall = new Stall(stream, patience);
    stall.watcher.start();
    return stall;
  }

  void moved() {
    movedAt.set(System.nanoTime());
  }

  private void watch(InputStream stream, long patience) {
    try {
      for (long left = patience; left > 0; left = movedAt.get() + patience - System.nanoTime()) {
        Thread.sleep(Duration.ofNanos(left));
      }
      LOG.warn("nothing came for {} s; the connection is closed", patience / 1_000_000_000);
      stream.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the stream was read to its end
    } catch (IOException e) {
      LOG.debug("a connection that stalled did not close", e);
    }
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
