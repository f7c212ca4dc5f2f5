package bessemer.gateway.inference;

import bessemer.contracts.WorkerView;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What this gateway knows about workers that their last beat does not tell yet: what it sent them
/// since, and which of them did not answer.
final class Load {
  private final Map<String, Integer> running = new ConcurrentHashMap<>();
  private final Map<String, Instant> failed = new ConcurrentHashMap<>();

  void begin(WorkerView worker) {
    running.merge(worker.id(), 1, Integer::sum);
  }

  void end(WorkerView worker) {
    running.computeIfPresent(worker.id(), (_, n) -> n == 1 ? null : n - 1);
  }

  /// Other gateways may send it requests too, so that its own word can be the larger one.
  int busy(WorkerView worker) {
    return Math.max(worker.last().busy(), running.getOrDefault(worker.id(), 0));
  }

  /// It did not answer: the last choice until it has beaten again.
  void doubt(WorkerView worker) {
    failed.put(worker.id(), worker.lastSeen());
  }

  boolean doubted(WorkerView worker) {
    Instant seen = failed.get(worker.id());
    if (seen == null) {
      return false;
    }
    if (worker.lastSeen().isAfter(seen)) {
      failed.remove(worker.id(), seen);
      return false;
    }
    return true;
  }
}
