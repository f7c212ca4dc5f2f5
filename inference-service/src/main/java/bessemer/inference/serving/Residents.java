package bessemer.inference.serving;

import bessemer.contracts.WorkerBeat;
import bessemer.inference.store.ModelStore;
import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Batch;
import bessemer.tensor.Engine;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The models in memory, within a budget: of their files, and from when they are loaded of the keys
/// and values that each may keep. One that is asked for is loaded once, however many ask; for its
/// room those go that were idle for longest, and never one that is answering. A replaced model
/// finishes what it has begun beside its successor.
public final class Residents implements AutoCloseable {
  /// @param budget bytes of all models in memory
  /// @param queueCapacity requests that may wait for each model
  /// @param patience for how long a request waits for memory that answering models take
  /// @param batch texts that each model generates together
  /// @param cache a folder for the tokenizer's native library
  public record Limits(
      long budget, int queueCapacity, Duration patience, Batch.Limits batch, Path cache) {}

  private static final Logger LOG = LoggerFactory.getLogger(Residents.class);
  private static final Duration LAST_WORDS = Duration.ofSeconds(10);

  private final ModelStore store;
  private final Desks desks;
  private final Limits limits;
  private final LongSupplier nanos;
  private final Meters meters;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Resident> current = new HashMap<>();
  private final List<Resident> all = new ArrayList<>(); // retired ones too, until they are gone
  private boolean closed;

  /// @param engines makes an engine of the thread that calls it
  /// @param nanos the clock
  public Residents(
      ModelStore store,
      Supplier<Engine> engines,
      Limits limits,
      LongSupplier nanos,
      MeterRegistry registry) {
    this.store = store;
    this.desks = new Desks(engines, limits, nanos);
    this.limits = limits;
    this.nanos = nanos;
    this.meters = new Meters(registry);
    meters.watch(this, limits.budget());
  }

  /// One model in memory, or on its way in or out.
  final class Resident {
    final StoredModel model;
    final ModelThread thread;
    final Meters.OfModel meters;
    private int holds; // guarded by the lock
    private long idleSince;
    private boolean retired;
    private boolean stopped;
    private long cacheBytes; // known once it is loaded

    private long bytes() {
      return model.bytes() + cacheBytes;
    }

    Resident(StoredModel model, Meters.OfModel meters) {
      this.model = model;
      this.meters = meters;
      thread = new ModelThread(model.name(), this::load, () -> gone(this));
    }

    private Desk load() throws Exception {
      long start = nanos.getAsLong();
      Path directory = store.directory(model);
      Desk desk = desks.open(model.name(), directory, meters);
      long took = nanos.getAsLong() - start;
      meters.loaded(took);
      LOG.info("loaded {} from {} in {} ms", model.name(), directory, took / 1_000_000);
      remembers(desk.cacheBytes());
      return desk;
    }

    private void remembers(long bytes) {
      LOG.info(
          "{} keeps {} positions of keys and values: {} MiB",
          model.name(),
          limits.batch().positions(),
          bytes >> 20);
      lock.lock();
      try {
        cacheBytes = bytes;
        if (sum() > limits.budget()) {
          LOG.warn(
              "models and what they keep may take {} MiB, the budget is {} MiB:"
                  + " lower BESSEMER_INFERENCE_POSITIONS or raise BESSEMER_MEMORY_BUDGET",
              sum() >> 20,
              limits.budget() >> 20);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// The model, held in memory until the lease is closed and its last text has ended.
  ///
  /// @throws ServingException if it does not fit, now or ever, cannot be loaded, or translates
  public Lease acquire(StoredModel model) throws InterruptedException {
    return acquire(
        model,
        (hold, desk) ->
            switch (desk) {
              case TextDesk texts -> new Lease(hold, texts);
              case TranslationDesk _ -> throw ServingException.WrongKind.of(model.name(), true);
            });
  }

  /// The translator, held in memory until the lease is closed and what was submitted has ended.
  ///
  /// @throws ServingException if it does not fit, now or ever, cannot be loaded, or is none
  public TranslatorLease acquireTranslator(StoredModel model) throws InterruptedException {
    return acquire(
        model,
        (hold, desk) ->
            switch (desk) {
              case TranslationDesk translations -> new TranslatorLease(hold, translations);
              case TextDesk _ -> throw ServingException.WrongKind.of(model.name(), false);
            });
  }

  private <L> L acquire(StoredModel model, BiFunction<Hold, Desk, L> lease)
      throws InterruptedException {
    Resident resident = admit(model);
    try {
      Desk desk = resident.thread.loaded();
      return lease.apply(new Hold(resident, nanos, () -> release(resident)), desk);
    } catch (Throwable e) {
      release(resident);
      throw e;
    }
  }

  private Resident admit(StoredModel model) throws InterruptedException {
    if (model.bytes() > limits.budget()) {
      throw new ServingException.TooLarge(model.name(), model.bytes(), limits.budget());
    }
    lock.lockInterruptibly();
    try {
      long patience = limits.patience().toNanos();
      while (patience > 0) {
        if (closed) {
          throw ServingException.Stopping.forGood();
        }
        Resident known = current.get(model.name());
        if (known != null && known.model.version().equals(model.version())) {
          known.holds++;
          return known;
        }
        if (known != null) {
          retire(known);
        }
        if (sum() + model.bytes() <= limits.budget()) {
          return begin(model);
        }
        makeRoom(model.bytes());
        patience = changed.awaitNanos(patience);
      }
      throw new ServingException.MemoryBusy(model.name(), limits.patience().toSeconds());
    } finally {
      lock.unlock();
    }
  }

  private Resident begin(StoredModel model) {
    Resident resident = new Resident(model, meters.of(model.name(), this));
    resident.holds = 1;
    current.put(model.name(), resident);
    all.add(resident);
    resident.thread.start();
    return resident;
  }

  /// Sends as many idle models away as are needed; their memory is free a little later.
  private void makeRoom(long bytes) {
    long staying = all.stream().filter(one -> !one.stopped).mapToLong(Resident::bytes).sum();
    while (staying + bytes > limits.budget()) {
      Optional<Resident> idle =
          current.values().stream()
              .filter(one -> one.holds == 0)
              .min(Comparator.comparingLong(one -> one.idleSince));
      if (idle.isEmpty()) {
        return;
      }
      LOG.info("model {} makes room", idle.get().model.name());
      retire(idle.get());
      staying -= idle.get().bytes();
    }
  }

  private void retire(Resident resident) {
    current.remove(resident.model.name(), resident);
    resident.retired = true;
    stopIfIdle(resident);
  }

  private void stopIfIdle(Resident resident) {
    if (resident.retired && resident.holds == 0 && !resident.stopped) {
      resident.stopped = true;
      resident.thread.stop();
    }
  }

  private void release(Resident resident) {
    lock.lock();
    try {
      resident.holds--;
      resident.idleSince = nanos.getAsLong();
      stopIfIdle(resident);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Called on the model's thread when its memory is free.
  private void gone(Resident resident) {
    lock.lock();
    try {
      current.remove(resident.model.name(), resident);
      all.remove(resident);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    store.released(resident.model);
  }

  private long sum() {
    return all.stream().mapToLong(Resident::bytes).sum();
  }

  /// What the files of the models in memory take.
  public long bytes() {
    return locked(() -> all.stream().mapToLong(one -> one.model.bytes()).sum());
  }

  /// What keys and values of the models in memory may take.
  long cacheBytes() {
    return locked(() -> all.stream().mapToLong(one -> one.cacheBytes).sum());
  }

  public long budget() {
    return limits.budget();
  }

  /// Requests that wait for this model; sentences, of a translator.
  int waiting(String model) {
    return count(model, ModelThread::waiting);
  }

  /// Texts of this model that are generated now.
  int running(String model) {
    return count(model, ModelThread::running);
  }

  private int count(String model, ToIntFunction<ModelThread> what) {
    return locked(() -> {
      Resident resident = current.get(model);
      return resident == null ? 0 : what.applyAsInt(resident.thread);
    });
  }

  /// Texts that are generated or wait for it.
  public int busy() {
    return locked(
        () -> all.stream().mapToInt(one -> one.thread.waiting() + one.thread.running()).sum());
  }

  /// The models that new requests find in memory, by name.
  public List<WorkerBeat.Loaded> loaded() {
    return locked(() ->
        current.values().stream()
            .map(one -> one.model)
            .map(one -> new WorkerBeat.Loaded(one.name(), one.version(), one.bytes()))
            .sorted(Comparator.comparing(WorkerBeat.Loaded::name))
            .toList());
  }

  private <T> T locked(Supplier<T> look) {
    lock.lock();
    try {
      return look.get();
    } finally {
      lock.unlock();
    }
  }

  /// Cancels what still runs and waits until all memory is given back.
  @Override
  public void close() throws InterruptedException {
    List<Resident> left;
    lock.lock();
    try {
      closed = true;
      left = List.copyOf(all);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    left.forEach(one -> one.thread.stop()); // listeners hear of it, and may let go of other models
    for (Resident resident : left) {
      if (!resident.thread.join(LAST_WORDS)) {
        LOG.warn("model {} does not end", resident.model.name());
      }
    }
  }
}
