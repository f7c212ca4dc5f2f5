package bessemer.tensor.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed pool for loops whose rounds write separate elements. Each element is computed whole by
/// one thread, so results do not depend on the number of threads.
///
/// Threads spin for a moment between loops, because a pass over a model is a dense series of them,
/// and then park. One thread calls; the rounds are handed out in parts as threads become free.
final class Workers implements AutoCloseable {
  /// Below this many multiplications a second thread costs more than it gives.
  private static final long GRAIN = 50_000;

  private static final int PARTS_PER_THREAD = 4;
  private static final int SPINS = 2_000;

  interface Range {
    /// Rounds `from` to before `to`, with memory of the thread they run on.
    void run(long from, long to, Scratch scratch);
  }

  private static final class Loop {
    final Range body;
    final long rounds;
    final int parts;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger left;
    volatile @Nullable Throwable failure;

    Loop(Range body, long rounds, int parts) {
      this.body = body;
      this.rounds = rounds;
      this.parts = parts;
      this.left = new AtomicInteger(parts);
    }

    void help(Scratch scratch) {
      for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
        try {
          body.run(rounds * part / parts, rounds * (part + 1) / parts, scratch);
        } catch (Throwable e) {
          failure = e;
        }
        left.decrementAndGet();
      }
    }
  }

  private final Thread[] others;
  private final Scratch scratch = new Scratch();
  private final AtomicLong parked = new AtomicLong();
  private volatile @Nullable Loop current;
  private volatile boolean closed;

  Workers(int threads) {
    others = new Thread[Math.max(0, threads - 1)];
    for (int i = 0; i < others.length; i++) {
      others[i] = Thread.ofPlatform().name("tensor-" + i).daemon().start(this::serve);
    }
  }

  int threads() {
    return others.length + 1;
  }

  /// All rounds, on more than one thread where `costOfOne` multiplications a round are worth it.
  void each(long rounds, long costOfOne, Range body) {
    long worth = rounds * Math.max(1, costOfOne) / GRAIN;
    if (others.length == 0 || rounds < 2 || worth < 2) {
      body.run(0, rounds, scratch);
      return;
    }
    long most = Math.min(rounds, (long) PARTS_PER_THREAD * threads());
    Loop loop = new Loop(body, rounds, (int) Math.min(most, worth));
    current = loop;
    if (parked.get() > 0) {
      for (Thread other : others) {
        LockSupport.unpark(other);
      }
    }
    loop.help(scratch);
    while (loop.left.get() > 0) {
      Thread.onSpinWait();
    }
    current = null;
    Throwable failure = loop.failure;
    if (failure != null) {
      throw failure instanceof RuntimeException e
          ? e
          : new IllegalStateException("a kernel failed", failure);
    }
  }

  private void serve() {
    try (Scratch own = new Scratch()) {
      int idle = 0;
      while (!closed) {
        Loop loop = current;
        if (loop != null && loop.next.get() < loop.parts) {
          loop.help(own);
          idle = 0;
        } else if (++idle < SPINS) {
          Thread.onSpinWait();
        } else {
          park();
          idle = 0;
        }
      }
    }
  }

  private void park() {
    parked.incrementAndGet();
    Loop loop = current;
    if (!closed && (loop == null || loop.next.get() >= loop.parts)) {
      LockSupport.park(this);
    }
    parked.decrementAndGet();
  }

  @Override
  public void close() {
    closed = true;
    for (Thread other : others) {
      LockSupport.unpark(other);
    }
    try {
      for (Thread other : others) {
        other.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    scratch.close();
  }
}
