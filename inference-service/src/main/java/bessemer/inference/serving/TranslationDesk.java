package bessemer.inference.serving;

import bessemer.models.translation.Hypothesis;
import bessemer.models.translation.RunningSearch;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Watch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A translator: sentences of all clients in turn, as many together as there is room for. Those
/// that run together are searched the same way; others of that way join them between steps.
final class TranslationDesk implements Desk {
  /// Sentences of one order at most.
  static final int MOST_SENTENCES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(TranslationDesk.class);

  /// Tokens of sources that are read at once while others wait for their next token.
  private static final int BESIDE = 128;

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
    if (ticket.sentences().isEmpty()) {
      ticket.endIfNothingIsLeft();
      return;
    }
    switch (queue.offer(ticket.sentences())) {
      case TAKEN -> {}
      case FULL -> {
        int waiting = queue.size();
        throw new ServingException.QueueFull(name, waiting, "sentences", pace.seconds(waiting));
      }
      case CLOSED -> throw ServingException.Stopping.forGood();
    }
  }

  /// What waits of it ends at once, what runs before its next token.
  void cancel(TranslationTicket ticket) {
    ticket.cancel();
    takeBack(ticket);
  }

  private void takeBack(TranslationTicket ticket) {
    ticket.dropped(queue.remove(ticket.client(), sentence -> sentence.ticket() == ticket));
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
    queue
        .close()
        .forEach(sentence -> sentence.ticket().failed(ServingException.Stopping.forGood()));
    running.forEach(sentence -> sentence.ticket().failed(ServingException.Stopping.forGood()));
  }

  @Override
  public void serve() {
    for (Sentence first = queue.take(); first != null; first = queue.take()) {
      var run = new Run(first.options());
      run.begin(first);
      try (RunningSearch search = interpreter.begin(first.options(), run)) {
        run.go(search, first);
      } catch (Throwable e) { // those who come next may fare better
        LOG.error("model {} failed while it was translating", name, e);
        running.forEach(sentence -> fail(sentence.ticket(), e));
        running.clear();
      }
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

  /// Sentences that are searched as the first one is, until none is left. Those that come join
  /// between steps as long as it is their turn: where the one whose turn it is does not fit, none
  /// does, so that it waits for those that run and for no others.
  private final class Run implements Watch {
    /// @param begun when it joined
    private record Going(Sentence sentence, long begun) {}

    private final SearchOptions options;
    private final Map<Integer, Going> going = new HashMap<>();
    private int joined;
    private long read; // positions of all sources: they stay in memory as long as the run

    Run(SearchOptions options) {
      this.options = options;
    }

    /// @param first has begun
    void go(RunningSearch search, Sentence first) {
      join(search, gather(first, queue::poll, Long.MAX_VALUE));
      while (!search.isEmpty()) {
        search.step();
        Sentence next = search.isEmpty() ? null : queue.pollInTurn(this::fits);
        if (next != null) {
          join(search, gather(begin(next), queue::pollInTurn, BESIDE));
        }
      }
    }

    /// @param sentence has left the queue
    private Sentence begin(Sentence sentence) {
      running.add(sentence);
      read += sentence.length();
      if (stopped) { // after it had left
        sentence.ticket().failed(ServingException.Stopping.forGood());
      }
      sentence.ticket().started();
      return sentence;
    }

    /// The sentence and those that begin with it.
    ///
    /// @param next takes one out of the queue
    /// @param tokens of their sources together, at most
    private List<Sentence> gather(
        Sentence sentence, Function<Predicate<Sentence>, @Nullable Sentence> next, long tokens) {
      List<Sentence> together = new ArrayList<>(List.of(sentence));
      long left = tokens - sentence.length();
      while (true) {
        long room = left;
        Sentence other = next.apply(one -> fits(one) && one.length() <= room);
        if (other == null) {
          return together;
        }
        together.add(begin(other));
        left -= other.length();
      }
    }

    private boolean fits(Sentence other) {
      long written = running.stream().mapToLong(Sentence::written).sum();
      return running.size() < limits.batch().texts()
          && other.options().equals(options)
          && read + written + other.positions() <= limits.batch().positions();
    }

    private void join(RunningSearch search, List<Sentence> together) {
      long now = nanos.getAsLong();
      together.forEach(sentence -> going.put(joined++, new Going(sentence, now)));
      meters.together(running.size());
      search.join(together.stream().map(Sentence::task).toList());
    }

    @Override
    public void found(int text, List<Hypothesis> hypotheses) {
      Going done = Objects.requireNonNull(going.remove(text));
      pace.took((double) (nanos.getAsLong() - done.begun()) / running.size());
      running.remove(done.sentence());
      TranslationTicket ticket = done.sentence().ticket();
      try {
        Hypothesis best = hypotheses.getFirst();
        String words = interpreter.words(best);
        int tokens = best.tokens().size();
        ticket.translated(done.sentence(), words, tokens, interpreter.ends(best));
      } catch (Throwable e) { // others go on
        LOG.error("model {} failed while it was translating", name, e);
        fail(ticket, e);
      }
    }

    @Override
    public boolean unwanted(int text) {
      Sentence sentence = Objects.requireNonNull(going.get(text)).sentence();
      if (sentence.ticket().cancelled()) {
        going.remove(text);
        running.remove(sentence);
        sentence.ticket().dropped(1);
        return true;
      }
      return false;
    }
  }
}
