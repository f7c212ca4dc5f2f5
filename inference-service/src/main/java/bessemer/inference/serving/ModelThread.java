package bessemer.inference.serving;

import bessemer.models.generation.Batch;
import bessemer.models.generation.Follower;
import bessemer.models.generation.Generated;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The platform thread that loads one model, owns it and its engine, and generates what is handed
/// to it: as many tickets together as the model's batch has room for.
final class ModelThread {
  /// Brings a model into memory, on the model's own thread.
  interface Loader {
    Speaker load() throws Exception;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ModelThread.class);
  private static final int LONGEST_RETRY = 60; // seconds

  private final String name;
  private final TicketQueue queue;
  private final Meters.OfModel meters;
  private final LongSupplier nanos;
  private final CompletableFuture<Speaker> loaded = new CompletableFuture<>();
  private final Thread thread;
  private final Set<Ticket> running = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;
  private volatile double typicalNanos; // between two ends; weighs the last ones most

  /// @param ended called on this thread when the model is not in memory any more
  ModelThread(
      String name,
      Loader loader,
      int queueCapacity,
      Meters.OfModel meters,
      LongSupplier nanos,
      Runnable ended) {
    this.name = name;
    this.queue = new TicketQueue(queueCapacity);
    this.meters = meters;
    this.nanos = nanos;
    this.thread = Thread.ofPlatform().name("model-" + name).unstarted(() -> run(loader, ended));
  }

  void start() {
    thread.start();
  }

  /// Waits for the model.
  Speaker loaded() throws InterruptedException {
    try {
      return loaded.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof ServingException serving
          ? serving
          : new ServingException.LoadFailed(name, cause == null ? e : cause);
    }
  }

  /// Takes all of them or none.
  void submit(List<Ticket> tickets) {
    if (stopped) {
      throw new ServingException.Stopping("this worker is shutting down");
    }
    if (!queue.offer(tickets)) {
      throw new ServingException.QueueFull(name, queue.size(), retryAfterSeconds());
    }
  }

  /// Ends the ticket before its next token, or at once when it is still waiting.
  void cancel(Ticket ticket) {
    ticket.cancel();
    if (queue.remove(ticket)) {
      ticket.failed(new ServingException.Stopping("cancelled"));
    }
  }

  int waiting() {
    return queue.size();
  }

  int running() {
    return running.size();
  }

  /// Waiting and running.
  int busy() {
    return queue.size() + running.size();
  }

  /// Lets the model go: whatever waits fails, whatever runs is cancelled, loading is interrupted.
  void stop() {
    stopped = true;
    queue.close().forEach(this::refuse);
    running.forEach(Ticket::cancel);
    if (!loaded.isDone()) {
      thread.interrupt();
    }
  }

  /// Waits until the model is gone; false if it took longer.
  boolean join(Duration patience) throws InterruptedException {
    return thread.join(patience);
  }

  private void refuse(Ticket ticket) {
    ticket.failed(new ServingException.Stopping("this worker is shutting down"));
  }

  private int retryAfterSeconds() {
    double seconds = queue.size() * typicalNanos / 1e9;
    return (int) Math.clamp(Math.ceil(seconds), 1, LONGEST_RETRY);
  }

  private void run(Loader loader, Runnable ended) {
    Speaker speaker;
    try {
      speaker = loader.load();
    } catch (Throwable e) { // whatever it is, it is the answer to those who wait
      LOG.warn("model {} cannot be loaded: {}", name, e.getMessage());
      queue.close().forEach(this::refuse);
      ended.run();
      loaded.completeExceptionally(e);
      return;
    }
    try {
      loaded.complete(speaker);
      serve(speaker);
    } finally {
      speaker.close();
      ended.run();
    }
  }

  /// The scheduler: who waits joins wherever there is room, then all go a step together.
  private void serve(Speaker speaker) {
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
    var answer = new Answer(ticket, nanos.getAsLong());
    running.add(ticket);
    if (stopped) { // after the ticket had left the queue
      ticket.cancel();
    }
    try {
      ticket.started();
      batch.join(ticket.request(), ticket.pieces(), answer);
    } catch (Throwable e) { // others go on
      answer.failed(e);
    }
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
      double took = (double) (nanos.getAsLong() - begun) / running.size();
      typicalNanos = typicalNanos == 0 ? took : 0.8 * typicalNanos + 0.2 * took;
      running.remove(ticket);
      ticket.ended(text);
    }

    @Override
    public void failed(Throwable failure) {
      LOG.error("model {} failed while it was answering", name, failure);
      running.remove(ticket);
      ticket.failed(new ServingException.GenerationFailed(name, failure));
    }
  }
}
