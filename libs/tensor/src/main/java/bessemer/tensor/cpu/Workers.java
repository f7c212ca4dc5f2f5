package bessemer.tensor.cpu;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed pool for loops whose rounds write separate elements. Each element is computed whole by
/// one thread, so results do not depend on the number of threads.
///
/// Threads spin for a moment between loops, because a pass over a model is a dense series of them,
/// and then park. One thread calls. Whoever is free takes its share of what is left, so that parts
/// get smaller and all threads end at the same time.
final class Workers implements AutoCloseable {
  /// Below this many multiplications a second thread costs more than it gives.
  private static final long GRAIN = 50_000;

  private static final int SPINS_A_LOOK = 64;

  /// Waking a parked thread takes longer than a small primitive of the calling one.
  private static final long SPIN_NANOS = 1_000_000;

  private static final int SPINS_BEFORE_YIELDING = 5_000;

  interface Range {
    /// Rounds `from` to before `to`, with memory of the thread they run on.
    void run(long from, long to, Scratch scratch);
  }

  private static final class Loop {
    final Range body;
    final long rounds;
    final long least; // rounds in a part
    final int shares;
    final AtomicLong next = new AtomicLong();
    final AtomicLong left;
    volatile @Nullable Throwable failure;

    Loop(Range body, long rounds, long least, int threads) {
      this.body = body;
      this.rounds = rounds;
      this.least = least;
      this.shares = 2 * threads;
      this.left = new AtomicLong(rounds);
    }

    boolean waits() {
      return next.get() < rounds;
    }

    void help(Scratch scratch) {
      for (long from = next.get(); from < rounds; from = next.get()) {
        long to = Math.min(rounds, from + Math.max(least, (rounds - from) / shares));
        if (next.compareAndSet(from, to)) {
          try {
            body.run(from, to, scratch);
          } catch (Throwable e) {
            failure = e;
          }
          left.addAndGet(from - to);
        }
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
    long least = GRAIN / Math.max(1, costOfOne) + 1;
    if (others.length == 0 || rounds < 2 * least) {
      body.run(0, rounds, scratch);
      return;
    }
    Loop loop = new Loop(body, rounds, least, threads());
    current = loop;
    if (parked.get() > 0) {
      for (Thread other : others) {
        LockSupport.unpark(other);
      }
    }
    loop.help(scratch);
    for (int spins = 0; loop.left.get() > 0; spins++) {
      if (spins < SPINS_BEFORE_YIELDING) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // to the thread that works, if processors are short
      }
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
      while (!closed) {
        Loop loop = current;
        if (loop != null && loop.waits()) {
          loop.help(own);
        } else if (!spin()) {
          park();
        }
      }
    }
  }

  /// Waits for work; false if none has come for a while.
  private boolean spin() {
    long begun = System.nanoTime();
    do {
      for (int i = 0; i < SPINS_A_LOOK; i++) {
        Loop loop = current;
        if (closed || (loop != null && loop.waits())) {
          return true;
        }
        Thread.onSpinWait();
      }
    } while (System.nanoTime() - begun < SPIN_NANOS);
    return false;
  }

  private void park() {
    parked.incrementAndGet();
    Loop loop = current;
    if (!closed && (loop == null || !loop.waits())) {
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
