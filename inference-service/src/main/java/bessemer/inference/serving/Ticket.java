package bessemer.inference.serving;

import bessemer.models.generation.Generated;
import bessemer.models.generation.Pieces;
import bessemer.models.generation.Request;
import bessemer.models.generation.TokenListener;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/// One text to generate, from its admission to its end: what any scheduler needs to know of it, and
/// where cancellation, streaming and measuring happen.
public final class Ticket implements TokenListener, TicketQueue.Waiting {
  private final String client;
  private final Request request;
  private final Pieces pieces;
  private final TextListener listener;
  private final Meters.OfModel meters;
  private final LongSupplier nanos;
  private final Runnable release;
  private final long admitted;
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile boolean cancelled;
  private volatile int generated;
  private long lastToken;

  /// What a ticket is made of.
  ///
  /// @param client who asks; tickets of all clients get their turn
  /// @param release called once, after the listener heard of the end
  record Parts(
      String client,
      Request request,
      Pieces pieces,
      TextListener listener,
      Meters.OfModel meters,
      LongSupplier nanos,
      Runnable release) {}

  Ticket(Parts parts) {
    this.client = parts.client();
    this.request = parts.request();
    this.pieces = parts.pieces();
    this.listener = parts.listener();
    this.meters = parts.meters();
    this.nanos = parts.nanos();
    this.release = parts.release();
    this.admitted = nanos.getAsLong();
  }

  @Override
  public String client() {
    return client;
  }

  Request request() {
    return request;
  }

  Pieces pieces() {
    return pieces;
  }

  /// Nobody wants the text any more: it ends before its next token.
  public void cancel() {
    cancelled = true;
  }

  /// Tokens that were generated so far.
  public int generated() {
    return generated;
  }

  /// Its turn has come.
  void started() {
    meters.waited(nanos.getAsLong() - admitted);
    meters.prompt(request.prompt().size());
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the model's thread writes it
  public void token(int token) {
    long now = nanos.getAsLong();
    if (generated == 0) {
      meters.first(now - admitted);
    } else {
      meters.next(now - lastToken);
    }
    lastToken = now;
    generated++;
  }

  @Override
  public void text(String piece) {
    if (!cancelled) {
      listener.text(piece);
    }
  }

  @Override
  public boolean cancelled() {
    return cancelled;
  }

  void ended(Generated text) {
    end(
        switch (text.finish()) {
          case STOP -> "stop";
          case LENGTH -> "length";
          case CANCELLED -> "cancelled";
        },
        () -> listener.ended(text));
  }

  void failed(ServingException failure) {
    end(cancelled ? "cancelled" : "failed", () -> listener.failed(failure));
  }

  private void end(String outcome, Runnable tell) {
    if (over.compareAndSet(false, true)) {
      meters.request(outcome);
      try {
        tell.run();
      } finally {
        release.run();
      }
    }
  }
}
