package bessemer.inference.serving;

import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Request;
import java.util.ArrayList;
import java.util.List;

/// A model that stays in memory for one caller: until the lease is closed and every text that was
/// submitted through it has ended.
public final class Lease implements AutoCloseable {
  /// A text to generate and who follows it.
  public record Order(Request request, TextListener listener) {}

  private final Hold hold;
  private final TextDesk desk;

  Lease(Hold hold, TextDesk desk) {
    this.hold = hold;
    this.desk = desk;
  }

  public StoredModel model() {
    return hold.model();
  }

  public Speaker speaker() {
    return desk.speaker();
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
                  speaker().pieces(),
                  order.listener(),
                  hold.meters(),
                  hold.nanos(),
                  hold::letGo)));
    }
    hold.more(tickets.size());
    try {
      desk.submit(tickets);
    } catch (ServingException e) {
      hold.less(tickets.size());
      hold.meters().request("refused");
      throw e;
    }
    return tickets;
  }

  /// Ends a text of this lease before its next token.
  public void cancel(Ticket ticket) {
    desk.cancel(ticket);
  }

  /// Lets go of what the caller holds; texts on their way hold on by themselves.
  @Override
  public void close() {
    hold.letGo();
  }
}
