package bessemer.inference.serving;

import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Task;

/// What is translated as one, on behalf of a ticket.
///
/// @param index which sentence of the text
record Sentence(TranslationTicket ticket, int text, int index, Task task)
    implements TicketQueue.Waiting {

  @Override
  public String client() {
    return ticket.client();
  }

  SearchOptions options() {
    return ticket.options();
  }

  int length() {
    return task.source().size();
  }

  /// Positions that it may take in memory, its source's included.
  long positions() {
    return length() + written();
  }

  /// Positions that its translation may take, with all beams.
  long written() {
    return (long) options().beams() * options().maxLength();
  }

  /// There is one of each.
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
