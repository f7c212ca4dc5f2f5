package bessemer.conversion.sources;

import bessemer.contracts.ConflictException;
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
      if (!await(patience, () -> sources.getOrDefault(source, 0) < 0 || files.contains(key))) {
        throw new UploadException(
            Reason.BUSY,
            -1,
            file + " is being written by another request: try again when that has ended");
      }
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

  /// @throws ConflictException if a file of it is being written
  Turn source(UUID source) {
    lock.lock();
    try {
      if (sources.containsKey(source)) {
        throw new ConflictException(
            "a file of %s is being written: try again when that has ended".formatted(source));
      }
      sources.put(source, -1);
    } finally {
      lock.unlock();
    }
    return () -> end(() -> sources.remove(source));
  }

  /// Whether it ended in time.
  private boolean await(Duration patience, BooleanSupplier taken) {
    long left = patience.toNanos();
    try {
      while (taken.getAsBoolean()) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
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
