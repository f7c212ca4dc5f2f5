package bessemer.inference.serving;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Tickets that wait for one model, first come first served, never more than a number of them.
final class TicketQueue {
  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Ticket> waiting = new ArrayDeque<>();
  private boolean closed;

  TicketQueue(int capacity) {
    this.capacity = capacity;
  }

  /// Takes all of them or, where they would be too many or the queue is closed, none.
  boolean offer(List<Ticket> tickets) {
    lock.lock();
    try {
      if (closed || waiting.size() + tickets.size() > capacity) {
        return false;
      }
      waiting.addAll(tickets);
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
      while (waiting.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      return waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  /// Whether the ticket was still waiting; it is not any more.
  boolean remove(Ticket ticket) {
    lock.lock();
    try {
      return waiting.remove(ticket);
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /// Takes no ticket from now on and gives back those that wait.
  List<Ticket> close() {
    lock.lock();
    try {
      closed = true;
      List<Ticket> left = new ArrayList<>(waiting);
      waiting.clear();
      changed.signal();
      return left;
    } finally {
      lock.unlock();
    }
  }
}
