package bessemer.inference.serving;

import bessemer.inference.store.StoredModel;

/// A translator that stays in memory for one caller: until the lease is closed and everything that
/// was submitted through it has ended.
public final class TranslatorLease implements AutoCloseable {
  /// Sentences of one order at most.
  public static final int MOST_SENTENCES = TranslationDesk.MOST_SENTENCES;

  private final Hold hold;
  private final TranslationDesk desk;

  TranslatorLease(Hold hold, TranslationDesk desk) {
    this.hold = hold;
    this.desk = desk;
  }

  public StoredModel model() {
    return hold.model();
  }

  public Interpreter interpreter() {
    return desk.interpreter();
  }

  /// Queues all sentences, or none.
  ///
  /// @param client who asks: those who wait get their turn client by client
  /// @throws ServingException.QueueFull if too many wait already
  public TranslationTicket submit(
      String client, TranslationOrder order, TranslationListener listener) {
    var ticket =
        new TranslationTicket(
            new TranslationTicket.Parts(
                client, order, listener, hold.meters(), hold.nanos(), hold::letGo));
    hold.more(1);
    try {
      desk.submit(ticket);
    } catch (ServingException e) {
      hold.less(1);
      hold.meters().request("refused");
      throw e;
    }
    return ticket;
  }

  /// Ends what was submitted through this lease.
  public void cancel(TranslationTicket ticket) {
    desk.cancel(ticket);
  }

  /// Lets go of what the caller holds; what is on its way holds on by itself.
  @Override
  public void close() {
    hold.letGo();
  }
}
