package bessemer.gateway.inference;

import bessemer.contracts.ModelView;
import bessemer.db.catalogue.Catalogue;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// How large models are, remembered for a few seconds.
final class ModelSizes {
  private static final long FRESH = Duration.ofSeconds(5).toNanos();
  private static final int MOST = 1000;

  private final Catalogue catalogue;
  private final LongSupplier nanos;
  private final Map<String, Size> known = new ConcurrentHashMap<>();
  private final Scheduler blocking =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor());

  private record Size(long bytes, long at) {}

  /// @param nanos the clock
  ModelSizes(Catalogue catalogue, LongSupplier nanos) {
    this.catalogue = catalogue;
    this.nanos = nanos;
  }

  /// The bytes of its files; 0 for a model that the catalogue does not have, which its worker tells
  /// the client.
  Mono<Long> of(String model) {
    Size size = known.get(model);
    if (size != null && nanos.getAsLong() - size.at < FRESH) {
      return Mono.just(size.bytes);
    }
    return Mono.fromCallable(() -> ask(model)).subscribeOn(blocking);
  }

  private long ask(String model) {
    long bytes = catalogue.find(model).map(ModelView::bytes).orElse(0L);
    if (known.size() >= MOST) {
      known.clear();
    }
    known.put(model, new Size(bytes, nanos.getAsLong()));
    return bytes;
  }
}
