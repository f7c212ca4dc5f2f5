package bessemer.inference.serving;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tickets that wait for one model, never more than a number of them. Clients take turns; of one
/// client, who came first is served first.
final class TicketQueue<T extends TicketQueue.Waiting> {
  /// What waits here.
  sealed interface Waiting permits Ticket, Sentence {
    /// Who asks for it.
    String client();
  }

  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final SequencedMap<String, Deque<T>> waiting = new LinkedHashMap<>(); // next first
  private int size;
  private boolean closed;

  TicketQueue(int capacity) {
    this.capacity = capacity;
  }

  /// What becomes of tickets that are offered.
  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  /// Takes all of them or none.
  Offer offer(List<T> tickets) {
    lock.lock();
    try {
      if (closed) {
        return Offer.CLOSED;
      }
      if (size + tickets.size() > capacity) {
        return Offer.FULL;
      }
      for (T ticket : tickets) {
        waiting.computeIfAbsent(ticket.client(), _ -> new ArrayDeque<>()).add(ticket);
      }
      size += tickets.size();
      changed.signal();
      return Offer.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  /// The next ticket, waited for; null when the queue is closed and empty.
  @Nullable T take() {
    lock.lock();
    try {
      while (size == 0 && !closed) {
        changed.awaitUninterruptibly();
      }
      return next(_ -> true);
    } finally {
      lock.unlock();
    }
  }

  /// The next ticket; null when none waits.
  @Nullable T poll() {
    return poll(_ -> true);
  }

  /// The ticket of the next client whose first one fits; null when there is none.
  @Nullable T poll(Predicate<T> fits) {
    lock.lock();
    try {
      return next(fits);
    } finally {
      lock.unlock();
    }
  }

  /// The ticket of the client whose turn it is, if it fits; null also when others would.
  @Nullable T pollInTurn(Predicate<T> fits) {
    lock.lock();
    try {
      boolean first = !waiting.isEmpty() && fits.test(waiting.firstEntry().getValue().element());
      return first ? next(_ -> true) : null;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable T next(Predicate<T> fits) {
    for (Map.Entry<String, Deque<T>> client : waiting.entrySet()) {
      if (fits.test(client.getValue().element())) {
        return next(client.getKey(), client.getValue());
      }
    }
    return null;
  }

  private T next(String client, Deque<T> tickets) {
    waiting.remove(client);
    T ticket = tickets.remove();
    if (!tickets.isEmpty()) {
      waiting.put(client, tickets); // behind the others
    }
    size--;
    return ticket;
  }

  /// How many of the client's tickets were still waiting that are meant; they are not any more.
  int remove(String client, Predicate<T> meant) {
    lock.lock();
    try {
      Deque<T> ofClient = waiting.get(client);
      if (ofClient == null) {
        return 0;
      }
      int before = ofClient.size();
      ofClient.removeIf(meant);
      if (ofClient.isEmpty()) {
        waiting.remove(client);
      }
      int removed = before - ofClient.size();
      size -= removed;
      return removed;
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return size;
    } finally {
      lock.unlock();
    }
  }

  /// Takes no ticket from now on and gives back those that wait.
  List<T> close() {
    lock.lock();
    try {
      closed = true;
      List<T> left = new ArrayList<>();
      waiting.values().forEach(left::addAll);
      waiting.clear();
      size = 0;
      changed.signal();
      return left;
    } finally {
      lock.unlock();
    }
  }
}
