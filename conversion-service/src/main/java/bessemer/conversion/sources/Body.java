package bessemer.conversion.sources;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.BaseSubscriber;

/// The body of a request as a stream for a thread that may wait. Bytes are given as they come, so
/// that what came before a connection breaks is kept; the sender is held back while a few buffers
/// wait.
///
/// A read fails with [SocketTimeoutException] when nothing comes for too long.
final class Body extends InputStream {
  private static final int BUFFERS = 16;

  private final Publisher<DataBuffer> source;
  private final Duration silence;
  private final Arrivals arrivals = new Arrivals();
  private boolean asked;
  private @Nullable DataBuffer current;
  private boolean ended;

  Body(Publisher<DataBuffer> source, Duration silence) {
    this.source = source;
    this.silence = silence;
  }

  private sealed interface Signal {
    record Next(DataBuffer buffer) implements Signal {}

    record Failure(Throwable cause) implements Signal {}

    record End() implements Signal {}
  }

  private static final class Arrivals extends BaseSubscriber<DataBuffer> {
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private boolean closed;

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      request(BUFFERS);
    }

    @Override
    protected synchronized void hookOnNext(DataBuffer buffer) {
      if (closed) {
        DataBufferUtils.release(buffer);
      } else {
        signals.add(new Signal.Next(buffer));
      }
    }

    @Override
    protected void hookOnComplete() {
      signals.add(new Signal.End());
    }

    @Override
    protected void hookOnError(Throwable cause) {
      signals.add(new Signal.Failure(cause));
    }

    /// Whatever comes from now on is given back at once.
    synchronized void close() {
      closed = true;
      for (Signal signal : signals) {
        if (signal instanceof Signal.Next(DataBuffer buffer)) {
          DataBufferUtils.release(buffer);
        }
      }
      signals.clear();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    DataBuffer buffer = length == 0 ? null : filled();
    if (buffer == null) {
      return length == 0 ? 0 : -1;
    }
    int count = Math.min(length, buffer.readableByteCount());
    buffer.read(bytes, offset, count);
    return count;
  }

  /// A buffer with something in it; null at the end.
  private @Nullable DataBuffer filled() throws IOException {
    while (!ended && (current == null || current.readableByteCount() == 0)) {
      release();
      switch (next()) {
        case Signal.Next(DataBuffer buffer) -> {
          current = buffer;
          arrivals.request(1);
        }
        case Signal.End _ -> ended = true;
        case Signal.Failure(Throwable cause) -> throw new IOException("the body broke off", cause);
      }
    }
    return current;
  }

  /// The first one asks for the body: a client that waits for that has sent nothing in vain when
  /// the request is refused before.
  private Signal next() throws IOException {
    if (!asked) {
      asked = true;
      source.subscribe(arrivals);
    }
    try {
      Signal signal = arrivals.signals.poll(silence.toNanos(), TimeUnit.NANOSECONDS);
      if (signal == null) {
        throw new SocketTimeoutException("nothing came for %d ms".formatted(silence.toMillis()));
      }
      return signal;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void release() {
    DataBuffer old = current;
    current = null;
    if (old != null) {
      DataBufferUtils.release(old);
    }
  }

  @Override
  public void close() {
    if (asked) {
      arrivals.cancel();
      arrivals.close();
    }
    release();
  }
}
