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
    checkOpen();
    return residents.acquire(model(name, false));
  }

  /// The translator, loaded; waits for it.
  ///
  /// @throws ServingException if it cannot be had
  public TranslatorLease openTranslator(String name) throws InterruptedException {
    checkOpen();
    return residents.acquireTranslator(model(name, true));
  }

  /// So that no model is loaded only to find that it is of the other kind.
  private StoredModel model(String name, boolean translates) {
    StoredModel model = model(name);
    if (model.translates() != translates) {
      throw ServingException.WrongKind.of(name, model.translates());
    }
    return model;
  }

  private void checkOpen() {
    if (stopping) {
      throw ServingException.Stopping.forGood();
    }
    if (draining) {
      throw new ServingException.Stopping("this worker is draining: it takes nothing new");
    }
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
