package bessemer.conversion.sources;

import bessemer.conversion.sources.UploadException.Reason;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Lets one upload at a time write a file, and nobody write a source that is being removed. One
/// process owns the directory of sources, so that its memory is enough to know.
final class Turns {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /// How many files of a source are being written; -1 while it is being removed.
  private final Map<UUID, Integer> sources = new HashMap<>();

  private final Set<Key> files = new HashSet<>();

  private record Key(UUID source, String file) {}

  /// Ends the turn.
  interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /// @throws UploadException if it is another's turn for longer than `patience`
  Turn file(UUID source, String file, Duration patience) {
    Key key = new Key(source, file);
    lock.lock();
    try {
      await(patience, () -> sources.getOrDefault(source, 0) < 0 || files.contains(key), file);
      files.add(key);
      sources.merge(source, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
    return () ->
        end(() -> {
          files.remove(key);
          sources.computeIfPresent(source, (_, n) -> n == 1 ? null : n - 1);
        });
  }

  /// @throws UploadException if a file of it is being written
  Turn source(UUID source) {
    lock.lock();
    try {
      await(Duration.ZERO, () -> sources.containsKey(source), "source " + source);
      sources.put(source, -1);
    } finally {
      lock.unlock();
    }
    return () -> end(() -> sources.remove(source));
  }

  private void await(Duration patience, BooleanSupplier taken, String what) {
    long left = patience.toNanos();
    try {
      while (taken.getAsBoolean()) {
        if (left <= 0) {
          throw busy(what);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw busy(what);
    }
  }

  private static UploadException busy(String what) {
    return new UploadException(
        Reason.BUSY,
        -1,
        what + " is being written by another request: try again when it has ended");
  }

  private void end(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
