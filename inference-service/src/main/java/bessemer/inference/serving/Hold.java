package bessemer.inference.serving;

import bessemer.inference.store.StoredModel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/// Keeps a model in memory for one caller and what that caller submitted.
final class Hold {
  private final Residents.Resident resident;
  private final LongSupplier nanos;
  private final Runnable release;
  private final AtomicInteger holds = new AtomicInteger(1);

  /// @param release called once, when nothing holds the model any more
  Hold(Residents.Resident resident, LongSupplier nanos, Runnable release) {
    this.resident = resident;
    this.nanos = nanos;
    this.release = release;
  }

  StoredModel model() {
    return resident.model;
  }

  Meters.OfModel meters() {
    return resident.meters;
  }

  LongSupplier nanos() {
    return nanos;
  }

  /// So many more were submitted.
  void more(int count) {
    holds.addAndGet(count);
  }

  /// They were not taken; the caller still holds the model.
  void less(int count) {
    holds.addAndGet(-count);
  }

  void letGo() {
    if (holds.decrementAndGet() == 0) {
      release.run();
    }
  }
}
