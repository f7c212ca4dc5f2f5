package bessemer.gateway.workers;

import bessemer.contracts.WorkerView;
import bessemer.db.workers.Workers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// The workers as the database has them, from memory for half a second, so that not every request
/// asks it.
public final class Roster {
  private static final long FRESH = Duration.ofMillis(500).toNanos();

  private final Workers workers;
  private final LongSupplier nanos;
  private final Scheduler blocking =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor());
  private volatile @Nullable Seen last;

  private record Seen(List<WorkerView> workers, long at) {}

  /// @param nanos the clock
  public Roster(Workers workers, LongSupplier nanos) {
    this.workers = workers;
    this.nanos = nanos;
  }

  /// All of the last day; asks the database at most twice a second. Blocks.
  public List<WorkerView> now() {
    Seen seen = fresh();
    if (seen == null) {
      long at = nanos.getAsLong();
      seen = new Seen(workers.list(), at);
      last = seen;
    }
    return seen.workers;
  }

  /// The same for threads that must not block.
  public Mono<List<WorkerView>> soon() {
    Seen seen = fresh();
    return seen == null
        ? Mono.fromCallable(this::now).subscribeOn(blocking)
        : Mono.just(seen.workers);
  }

  /// Something changed through this process: the next who asks sees it.
  void changed() {
    last = null;
  }

  private @Nullable Seen fresh() {
    Seen seen = last;
    return seen != null && nanos.getAsLong() - seen.at < FRESH ? seen : null;
  }
}
