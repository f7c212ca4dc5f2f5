package bessemer.tensor.cpu;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A fixed pool for loops whose rounds write separate elements. Each element is computed whole by
/// one thread, so results do not depend on the number of threads.
final class Workers implements AutoCloseable {
  /// Below this many multiplications a second thread costs more than it gives.
  private static final long GRAIN = 50_000;

  interface Range {
    void run(long from, long to);
  }

  private final int threads;
  private final ExecutorService pool;

  Workers(int threads) {
    this.threads = threads;
    this.pool =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1), Thread.ofPlatform().name("tensor-", 0).daemon().factory());
  }

  void each(long rounds, long costOfOne, Range body) {
    int parts = Math.clamp(rounds * costOfOne / GRAIN, 1, (int) Math.min(threads, rounds + 1));
    Future<?>[] others = new Future<?>[parts - 1];
    for (int part = 1; part < parts; part++) {
      long from = rounds * part / parts;
      long to = rounds * (part + 1) / parts;
      others[part - 1] = pool.submit(() -> body.run(from, to));
    }
    body.run(0, rounds / parts);
    for (Future<?> other : others) {
      join(other);
    }
  }

  private static void join(Future<?> part) {
    try {
      part.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a worker failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted inside a kernel", e);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
