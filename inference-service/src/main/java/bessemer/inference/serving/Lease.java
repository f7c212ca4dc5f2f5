package bessemer.inference.serving;

import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/// A model that stays in memory for one caller: until the lease is closed and every text that was
/// submitted through it has ended.
public final class Lease implements AutoCloseable {
  /// A text to generate and who follows it.
  public record Order(Request request, TextListener listener) {}

  private final Residents.Resident resident;
  private final Speaker speaker;
  private final LongSupplier nanos;
  private final Runnable release;
  private final AtomicInteger holds = new AtomicInteger(1);

  Lease(Residents.Resident resident, Speaker speaker, LongSupplier nanos, Runnable release) {
    this.resident = resident;
    this.speaker = speaker;
    this.nanos = nanos;
    this.release = release;
  }

  public StoredModel model() {
    return resident.model;
  }

  public Speaker speaker() {
    return speaker;
  }

  /// Queues all of the texts, or none, on behalf of nobody in particular.
  ///
  /// @throws ServingException.QueueFull if too many wait already
  public List<Ticket> submit(List<Order> orders) {
    return submit("", orders);
  }

  /// Queues all of the texts, or none.
  ///
  /// @param client who asks: those who wait get their turn client by client
  /// @throws ServingException.QueueFull if too many wait already
  public List<Ticket> submit(String client, List<Order> orders) {
    List<Ticket> tickets = new ArrayList<>();
    for (Order order : orders) {
      tickets.add(
          new Ticket(
              new Ticket.Parts(
                  client,
                  order.request(),
                  speaker.pieces(),
                  order.listener(),
                  resident.meters,
                  nanos,
                  this::letGo)));
    }
    holds.addAndGet(tickets.size());
    try {
      resident.thread.submit(tickets);
    } catch (ServingException e) {
      holds.addAndGet(-tickets.size());
      resident.meters.request("refused");
      throw e;
    }
    return tickets;
  }

  /// Ends a text of this lease before its next token.
  public void cancel(Ticket ticket) {
    resident.thread.cancel(ticket);
  }

  private void letGo() {
    if (holds.decrementAndGet() == 0) {
      release.run();
    }
  }

  /// Lets go of what the caller holds; texts on their way hold on by themselves.
  @Override
  public void close() {
    letGo();
  }
}
