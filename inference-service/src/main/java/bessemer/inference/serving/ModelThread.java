package bessemer.inference.serving;

import bessemer.models.generation.Generated;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The platform thread that loads one model, owns it and its engine, and generates what is handed
/// to it. Tickets are answered one at a time in the order they came; [#serve] is all that knows so.
final class ModelThread {
  /// Brings a model into memory, on the model's own thread.
  interface Loader {
    Speaker load() throws Exception;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ModelThread.class);
  private static final int LONGEST_RETRY = 60; // seconds

  private final String name;
  private final TicketQueue queue;
  private final LongSupplier nanos;
  private final CompletableFuture<Speaker> loaded = new CompletableFuture<>();
  private final Thread thread;
  private volatile boolean stopped;
  private volatile @Nullable Ticket current;
  private volatile double typicalNanos; // of one text; weighs the last ones most

  /// @param ended called on this thread when the model is not in memory any more
  ModelThread(String name, Loader loader, int queueCapacity, LongSupplier nanos, Runnable ended) {
    this.name = name;
    this.queue = new TicketQueue(queueCapacity);
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

  /// Waiting and running.
  int busy() {
    return queue.size() + (current == null ? 0 : 1);
  }

  /// Lets the model go: whatever waits fails, whatever runs is cancelled, loading is interrupted.
  void stop() {
    stopped = true;
    queue.close().forEach(this::refuse);
    Ticket running = current;
    if (running != null) {
      running.cancel();
    }
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

  /// The scheduler: one text after the other.
  private void serve(Speaker speaker) {
    for (Ticket ticket = queue.take(); ticket != null; ticket = queue.take()) {
      current = ticket;
      if (stopped) { // after the ticket had left the queue
        ticket.cancel();
      }
      long start = nanos.getAsLong();
      generate(speaker, ticket);
      current = null;
      double took = nanos.getAsLong() - start;
      typicalNanos = typicalNanos == 0 ? took : 0.8 * typicalNanos + 0.2 * took;
    }
  }

  private void generate(Speaker speaker, Ticket ticket) {
    try {
      ticket.started();
      Generated text = speaker.generation().generate(ticket.request(), ticket.pieces(), ticket);
      ticket.ended(text);
    } catch (Throwable e) { // the model answers the next one nevertheless
      LOG.error("model {} failed while it was answering", name, e);
      ticket.failed(new ServingException.GenerationFailed(name, e));
      speaker.startAfresh();
    }
  }
}
