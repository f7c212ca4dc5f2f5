package bessemer.tensor.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Copies that run while their owner goes on: on threads of their own, and on the owner's once it
/// needs them. One thread owns a queue.
final class CopyQueue implements AutoCloseable {
  private static final Runnable END = () -> {};

  private final int threads;
  private final LinkedBlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
  private final List<Thread> running = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /// @param threads beside the owner's
  CopyQueue(int threads) {
    this.threads = threads;
  }

  void add(Runnable copy) {
    waiting.add(copy);
    if (running.isEmpty()) {
      for (int i = 0; i < threads; i++) {
        running.add(Thread.ofPlatform().name("copy-" + i).daemon().start(this::serve));
      }
    }
  }

  /// Whether a copy may be on its way, or was lost.
  boolean unsettled() {
    return !running.isEmpty() || failure.get() != null;
  }

  /// Returns when nothing is on its way.
  void finish() {
    if (!running.isEmpty()) {
      help();
      join();
    }
  }

  /// @throws IllegalStateException if a copy failed
  void check() {
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("weights could not be copied into memory", failed);
    }
  }

  private void help() {
    for (Runnable copy = waiting.poll(); copy != null; copy = waiting.poll()) {
      run(copy);
    }
    waiting.add(END);
  }

  private void serve() {
    try {
      for (Runnable copy = waiting.take(); copy != END; copy = waiting.take()) {
        run(copy);
      }
      waiting.add(END); // for the next thread
    } catch (InterruptedException e) {
      throw new AssertionError("nobody knows this thread", e);
    }
  }

  private void run(Runnable copy) {
    try {
      copy.run();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private void join() {
    boolean interrupted = false;
    for (Thread thread : running) {
      for (boolean ended = false; !ended; ) {
        try {
          thread.join();
          ended = true;
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    running.clear();
    waiting.clear();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Gives up what has not begun.
  @Override
  public void close() {
    waiting.clear();
    waiting.add(END);
    join();
  }
}
