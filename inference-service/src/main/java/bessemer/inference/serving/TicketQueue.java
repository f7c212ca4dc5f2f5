package bessemer.inference.serving;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Tickets that wait for one model, never more than a number of them. Clients take turns; of one
/// client, who came first is served first.
final class TicketQueue {
  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Deque<Ticket>> waiting = new LinkedHashMap<>(); // next client first
  private int size;
  private boolean closed;

  TicketQueue(int capacity) {
    this.capacity = capacity;
  }

  /// Takes all of them or, where they would be too many or the queue is closed, none.
  boolean offer(List<Ticket> tickets) {
    lock.lock();
    try {
      if (closed || size + tickets.size() > capacity) {
        return false;
      }
      for (Ticket ticket : tickets) {
        waiting.computeIfAbsent(ticket.client(), _ -> new ArrayDeque<>()).add(ticket);
      }
      size += tickets.size();
      changed.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// The next ticket, waited for; null when the queue is closed and empty.
  @Nullable Ticket take() {
    lock.lock();
    try {
      while (size == 0 && !closed) {
        changed.awaitUninterruptibly();
      }
      return next();
    } finally {
      lock.unlock();
    }
  }

  /// The next ticket; null when none waits.
  @Nullable Ticket poll() {
    lock.lock();
    try {
      return next();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Ticket next() {
    if (size == 0) {
      return null;
    }
    Map.Entry<String, Deque<Ticket>> first = waiting.entrySet().iterator().next();
    waiting.remove(first.getKey());
    Ticket ticket = first.getValue().remove();
    if (!first.getValue().isEmpty()) {
      waiting.put(first.getKey(), first.getValue()); // behind the others
    }
    size--;
    return ticket;
  }

  /// Whether the ticket was still waiting; it is not any more.
  boolean remove(Ticket ticket) {
    lock.lock();
    try {
      Deque<Ticket> ofClient = waiting.get(ticket.client());
      if (ofClient == null || !ofClient.remove(ticket)) {
        return false;
      }
      if (ofClient.isEmpty()) {
        waiting.remove(ticket.client());
      }
      size--;
      return true;
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
  List<Ticket> close() {
    lock.lock();
    try {
      closed = true;
      List<Ticket> left = new ArrayList<>();
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
