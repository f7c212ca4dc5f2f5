package bessemer.inference.serving;

import bessemer.models.generation.Batch;
import bessemer.models.generation.Follower;
import bessemer.models.generation.Generated;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A model that continues texts: as many tickets together as its batch has room for.
final class TextDesk implements Desk {
  private static final Logger LOG = LoggerFactory.getLogger(TextDesk.class);

  private final String name;
  private final Speaker speaker;
  private final long cacheBytes;
  private final TicketQueue<Ticket> queue;
  private final Meters.OfModel meters;
  private final LongSupplier nanos;
  private final Pace pace = new Pace();
  private final Set<Ticket> running = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  TextDesk(
      String name,
      Speaker speaker,
      Residents.Limits limits,
      Meters.OfModel meters,
      LongSupplier nanos) {
    this.name = name;
    this.speaker = speaker;
    this.cacheBytes = speaker.cacheBytes(limits.batch());
    this.queue = new TicketQueue<>(limits.queueCapacity());
    this.meters = meters;
    this.nanos = nanos;
  }

  Speaker speaker() {
    return speaker;
  }

  /// Takes all of them or none.
  void submit(List<Ticket> tickets) {
    switch (queue.offer(tickets)) {
      case TAKEN -> {}
      case FULL -> {
        int waiting = queue.size();
        throw new ServingException.QueueFull(name, waiting, "requests", pace.seconds(waiting));
      }
      case CLOSED -> throw ServingException.Stopping.forGood();
    }
  }

  /// Ends the ticket before its next token, or at once when it is still waiting.
  void cancel(Ticket ticket) {
    ticket.cancel();
    if (queue.remove(ticket.client(), other -> other == ticket) > 0) {
      ticket.failed(new ServingException.Stopping("cancelled"));
    }
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
    return cacheBytes;
  }

  @Override
  public void stop() {
    stopped = true;
    queue.close().forEach(ticket -> ticket.failed(ServingException.Stopping.forGood()));
    running.forEach(Ticket::cancel);
  }

  /// The scheduler: who waits joins wherever there is room, then all go a step together.
  @Override
  public void serve() {
    Batch batch = speaker.batch();
    while (admit(batch)) {
      meters.step(batch.step());
    }
  }

  /// False when nothing runs and nothing will come.
  private boolean admit(Batch batch) {
    while (batch.room() > 0) {
      Ticket ticket = batch.isEmpty() ? queue.take() : queue.poll();
      if (ticket == null) {
        break;
      }
      begin(batch, ticket);
    }
    return !batch.isEmpty();
  }

  private void begin(Batch batch, Ticket ticket) {
    running.add(ticket);
    if (stopped) { // after the ticket had left the queue
      ticket.cancel();
    }
    try {
      ticket.started();
      batch.join(ticket.request(), ticket.pieces(), new Answer(ticket, nanos.getAsLong()));
    } catch (Throwable e) { // others go on
      fail(ticket, e);
    }
  }

  private void fail(Ticket ticket, Throwable failure) {
    LOG.error("model {} failed while it was answering", name, failure);
    running.remove(ticket);
    ticket.failed(new ServingException.GenerationFailed(name, failure));
  }

  @Override
  public void close() {
    running.forEach(ticket -> ticket.failed(ServingException.Stopping.givenUp(name)));
    running.clear();
    speaker.close();
  }

  /// Hands on what becomes of a ticket.
  private final class Answer implements Follower {
    private final Ticket ticket;
    private final long begun;

    Answer(Ticket ticket, long begun) {
      this.ticket = ticket;
      this.begun = begun;
    }

    @Override
    public void text(String piece) {
      ticket.text(piece);
    }

    @Override
    public void token(int token) {
      ticket.token(token);
    }

    @Override
    public boolean cancelled() {
      return ticket.cancelled();
    }

    @Override
    public void ended(Generated text) {
      pace.took((double) (nanos.getAsLong() - begun) / running.size());
      running.remove(ticket);
      ticket.ended(text);
    }

    @Override
    public void failed(Throwable failure) {
      fail(ticket, failure);
    }
  }
}
