package bessemer.inference.openai;

import bessemer.inference.serving.Lease;
import bessemer.inference.serving.ServingException;
import bessemer.inference.serving.TextListener;
import bessemer.inference.serving.Ticket;
import bessemer.models.generation.Generated;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/// The texts of one HTTP request on their way from the model's thread to the client. When the
/// client is gone, so are they.
final class Reply {
  /// What happens to one of the texts.
  sealed interface Event {
    int index();

    record Piece(int index, String text) implements Event {}

    record End(int index, Generated text) implements Event {}
  }

  private final Sinks.Many<Event> sink = Sinks.many().unicast().onBackpressureBuffer();
  private boolean cancelled; // what follows is guarded by this
  private int open;
  private @Nullable Lease lease;
  private List<Ticket> tickets = List.of();

  /// Before the first listener may hear something.
  synchronized void expect(int texts) {
    open = texts;
  }

  /// After submission.
  void follow(Lease of, List<Ticket> submitted) {
    boolean late;
    synchronized (this) {
      lease = of;
      tickets = submitted;
      late = cancelled;
    }
    if (late) {
      submitted.forEach(of::cancel);
    }
  }

  /// The client does not listen any more. Does nothing to texts that have ended.
  void cancel() {
    List<Ticket> running;
    Lease from;
    synchronized (this) {
      cancelled = true;
      running = tickets;
      from = lease;
    }
    if (from != null) {
      running.forEach(from::cancel);
    }
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  TextListener listener(int index) {
    return new TextListener() {
      @Override
      public void text(String piece) {
        emit(new Event.Piece(index, piece));
      }

      @Override
      public void ended(Generated generated) {
        emit(new Event.End(index, generated));
        end();
      }

      @Override
      public void failed(ServingException failure) {
        fail(failure);
      }
    };
  }

  private synchronized void emit(Event event) {
    sink.tryEmitNext(event); // refused only when nobody listens
  }

  private synchronized void end() {
    if (--open == 0) {
      sink.tryEmitComplete();
    }
  }

  private synchronized void fail(ServingException failure) {
    sink.tryEmitError(failure);
  }

  /// For one subscriber. Ends with the last text, or with the first failure.
  Flux<Event> events() {
    return sink.asFlux();
  }
}
