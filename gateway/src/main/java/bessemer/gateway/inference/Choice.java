package bessemer.gateway.inference;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingLong;

import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerView;
import bessemer.gateway.access.RefusedException;
import bessemer.gateway.access.RefusedException.Reason;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Which worker gets a request: the least busy of those that have the model in memory, else the
/// least busy of those that have room for it, else of those that can make room.
final class Choice {
  private static final Duration SOON = Duration.ofSeconds(5); // a worker beats meanwhile

  private final Load load;

  Choice(Load load) {
    this.load = load;
  }

  /// @param bytes of the model's files; 0 when they are not known, or no model is asked for
  /// @return the best first, at least one
  /// @throws RefusedException saying what to do when there is none
  List<WorkerView> of(List<WorkerView> workers, String model, long bytes) {
    List<WorkerView> live =
        workers.stream()
            .filter(worker -> worker.last().kind().equals(WorkerBeat.INFERENCE))
            .filter(worker -> worker.last().url() != null && !worker.state().equals("lost"))
            .toList();
    List<WorkerView> ready = live.stream().filter(w -> w.state().equals("ready")).toList();
    List<WorkerView> able = ready.stream().filter(w -> canLoad(w, model, bytes)).toList();
    if (able.isEmpty()) {
      throw nobody(live, ready, model, bytes);
    }
    return able.stream().sorted(order(model, bytes)).toList();
  }

  private Comparator<WorkerView> order(String model, long bytes) {
    return comparing(load::doubted)
        .thenComparing(worker -> !worker.last().hasLoaded(model))
        .thenComparing(worker -> !worker.last().hasLoaded(model) && !hasRoom(worker, bytes))
        .thenComparingInt(load::busy)
        .thenComparing(WorkerView::id);
  }

  private static boolean canLoad(WorkerView worker, String model, long bytes) {
    return worker.last().hasLoaded(model) || bytes <= worker.last().memoryBudgetBytes();
  }

  private static boolean hasRoom(WorkerView worker, long bytes) {
    return bytes <= worker.last().memoryBudgetBytes() - worker.last().memoryBytes();
  }

  private static RefusedException nobody(
      List<WorkerView> live, List<WorkerView> ready, String model, long bytes) {
    String why;
    if (live.isEmpty()) {
      why =
          "no inference worker is there: `bessemer up` starts one on this machine,"
              + " `bessemer worker --join` adds that of another";
    } else if (ready.isEmpty()) {
      why =
          "all %d inference workers are draining; `bessemer workers undrain %s` ends that for one"
              .formatted(live.size(), live.getFirst().id());
    } else {
      WorkerView largest =
          ready.stream().max(comparingLong(w -> w.last().memoryBudgetBytes())).orElseThrow();
      why =
          ("model %s takes %s of memory, and the largest budget is %s, of worker %s; start a worker"
                  + " with a larger BESSEMER_MEMORY_BUDGET")
              .formatted(
                  model, giga(bytes), giga(largest.last().memoryBudgetBytes()), largest.id());
    }
    return new RefusedException(Reason.UPSTREAM_DOWN, why, SOON);
  }

  private static String giga(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
