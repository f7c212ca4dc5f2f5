package bessemer.inference.translation;

import bessemer.inference.serving.ServingException;
import bessemer.inference.serving.TranslationListener;
import bessemer.inference.serving.TranslationTicket;
import bessemer.inference.serving.TranslatorLease;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/// The sentences of one HTTP request on their way from the model's thread to the client. When the
/// client is gone, so are they.
final class Reply implements TranslationListener {
  /// What happens to a translation.
  sealed interface Event {
    record Sentence(Translated translated) implements Event {}

    record End(Timing timing) implements Event {}
  }

  private final Sinks.Many<Event> sink = Sinks.many().unicast().onBackpressureBuffer();
  private boolean cancelled; // what follows is guarded by this
  private @Nullable TranslatorLease lease;
  private @Nullable TranslationTicket ticket;

  /// After submission.
  void follow(TranslatorLease of, TranslationTicket submitted) {
    boolean late;
    synchronized (this) {
      lease = of;
      ticket = submitted;
      late = cancelled;
    }
    if (late) {
      of.cancel(submitted);
    }
  }

  /// The client does not listen any more. Does nothing to what has ended.
  void cancel() {
    TranslatorLease from;
    TranslationTicket running;
    synchronized (this) {
      cancelled = true;
      from = lease;
      running = ticket;
    }
    if (from != null && running != null) {
      from.cancel(running);
    }
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  @Override
  public synchronized void sentence(Translated sentence) {
    sink.tryEmitNext(new Event.Sentence(sentence)); // refused only when nobody listens
  }

  @Override
  public synchronized void ended(Timing timing) {
    sink.tryEmitNext(new Event.End(timing));
    sink.tryEmitComplete();
  }

  @Override
  public synchronized void failed(ServingException failure) {
    sink.tryEmitError(failure);
  }

  /// For one subscriber. Ends after [Event.End], or with the failure.
  Flux<Event> events() {
    return sink.asFlux();
  }
}
