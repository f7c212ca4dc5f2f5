package bessemer.inference.serving;

import bessemer.models.translation.Hypothesis;
import bessemer.models.translation.Watch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A translator: sentences of all clients in turn, as many together as there is room for. Those
/// that run together are searched the same way.
final class TranslationDesk implements Desk {
  /// Sentences of one order at most.
  static final int MOST_SENTENCES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(TranslationDesk.class);

  /// How many sentences may wait where one request may.
  private static final int SENTENCES_OF_A_REQUEST = 64;

  private final String name;
  private final Interpreter interpreter;
  private final Residents.Limits limits;
  private final TicketQueue<Sentence> queue;
  private final Meters.OfModel meters;
  private final LongSupplier nanos;
  private final Pace pace = new Pace();
  private final Set<Sentence> running = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  TranslationDesk(
      String name,
      Interpreter interpreter,
      Residents.Limits limits,
      Meters.OfModel meters,
      LongSupplier nanos) {
    this.name = name;
    this.interpreter = interpreter;
    this.limits = limits;
    this.queue =
        new TicketQueue<>(
            Math.max(MOST_SENTENCES, limits.queueCapacity() * SENTENCES_OF_A_REQUEST));
    this.meters = meters;
    this.nanos = nanos;
  }

  Interpreter interpreter() {
    return interpreter;
  }

  /// Takes all of its sentences or none.
  void submit(TranslationTicket ticket) {
    if (stopped) {
      throw stopping();
    }
    if (ticket.sentences().isEmpty()) {
      ticket.endIfNothingIsLeft();
    } else if (!queue.offer(ticket.sentences())) {
      int waiting = queue.size();
      throw new ServingException.QueueFull(name, waiting, "sentences", pace.seconds(waiting));
    }
  }

  /// What waits of it ends at once, what runs before its next token.
  void cancel(TranslationTicket ticket) {
    ticket.cancel();
    takeBack(ticket);
  }

  private void takeBack(TranslationTicket ticket) {
    for (Sentence sentence : ticket.sentences()) {
      if (queue.remove(sentence)) {
        ticket.dropped();
      }
    }
  }

  private static ServingException stopping() {
    return new ServingException.Stopping("this worker is shutting down");
  }

  @Override
  public int waiting() {
    return queue.size();
  }

  @Override
  public int running() {
    return running.size();
  }

  @Override
  public long cacheBytes() {
    return interpreter.cacheBytes(limits.batch().positions());
  }

  @Override
  public void stop() {
    stopped = true;
    queue.close().forEach(sentence -> sentence.ticket().failed(stopping()));
    running.forEach(sentence -> sentence.ticket().failed(stopping()));
  }

  @Override
  public void serve() {
    for (Sentence first = queue.take(); first != null; first = queue.take()) {
      long begun = nanos.getAsLong();
      List<Sentence> together = gather(first);
      meters.together(together.size());
      translate(together);
      pace.took((double) (nanos.getAsLong() - begun) / together.size());
    }
  }

  /// Those that come next and fit to the first.
  private List<Sentence> gather(Sentence first) {
    List<Sentence> together = new ArrayList<>();
    long positions = 0;
    for (Sentence next = first; next != null; ) {
      together.add(next);
      positions += next.positions();
      begin(next);
      long room = limits.batch().positions() - positions;
      next =
          together.size() < limits.batch().texts()
              ? queue.poll(
                  other -> other.options().equals(first.options()) && other.positions() <= room)
              : null;
    }
    return together;
  }

  private void begin(Sentence sentence) {
    running.add(sentence);
    if (stopped) { // after the sentence had left the queue
      sentence.ticket().failed(stopping());
    }
    sentence.ticket().started();
  }

  private void translate(List<Sentence> together) {
    try {
      interpreter.search(
          together.stream().map(Sentence::task).toList(),
          together.getFirst().options(),
          new Hearing(together));
      together.stream().filter(running::remove).forEach(sentence -> sentence.ticket().dropped());
    } catch (Throwable e) { // those who come next may fare better
      LOG.error("model {} failed while it was translating", name, e);
      together.stream().filter(running::remove).forEach(sentence -> fail(sentence.ticket(), e));
    }
  }

  private void fail(TranslationTicket ticket, Throwable failure) {
    ticket.failed(new ServingException.GenerationFailed(name, failure));
    takeBack(ticket);
  }

  @Override
  public void close() {
    interpreter.close();
  }

  /// Hands on what becomes of sentences that run together.
  private final class Hearing implements Watch {
    private final List<Sentence> together;

    Hearing(List<Sentence> together) {
      this.together = together;
    }

    @Override
    public void found(int text, List<Hypothesis> hypotheses) {
      Sentence sentence = together.get(text);
      running.remove(sentence);
      Hypothesis best = hypotheses.getFirst();
      sentence
          .ticket()
          .translated(
              sentence, interpreter.words(best), best.tokens().size(), interpreter.ends(best));
    }

    @Override
    public boolean unwanted(int text) {
      return together.get(text).ticket().cancelled();
    }
  }
}
