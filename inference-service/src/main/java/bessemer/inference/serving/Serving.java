package bessemer.inference.serving;

import bessemer.inference.store.ModelStore;
import bessemer.inference.store.StoredModel;
import java.util.List;

/// The way to a model by its name.
public final class Serving {
  private final ModelStore store;
  private final Residents residents;
  private final boolean allowRejected;
  private volatile boolean draining;
  private volatile boolean stopping;

  /// @param allowRejected whether models are served that compute other numbers than their originals
  public Serving(ModelStore store, Residents residents, boolean allowRejected) {
    this.store = store;
    this.residents = residents;
    this.allowRejected = allowRejected;
  }

  /// The models that may be asked for.
  public List<StoredModel> models() {
    return store.list().stream().filter(this::mayServe).toList();
  }

  /// What is known of a model that may be asked for.
  ///
  /// @throws ServingException if there is none of this name
  public StoredModel model(String name) {
    StoredModel model = store.find(name).orElseThrow(() -> new ServingException.UnknownModel(name));
    if (!mayServe(model)) {
      throw new ServingException.RejectedModel(name);
    }
    return model;
  }

  private boolean mayServe(StoredModel model) {
    return allowRejected || !model.rejected();
  }

  /// The model, loaded; waits for it.
  ///
  /// @throws ServingException if it cannot be had
  public Lease open(String name) throws InterruptedException {
    if (stopping) {
      throw new ServingException.Stopping("this worker is shutting down");
    }
    if (draining) {
      throw new ServingException.Stopping("this worker is draining: it takes nothing new");
    }
    return residents.acquire(model(name));
  }

  /// Whether new requests are refused until further notice.
  public void drain(boolean on) {
    draining = on;
  }

  /// New requests are refused for good; those that run go on.
  public void stop() {
    stopping = true;
  }
}
