package bessemer.tensor;

import org.jspecify.annotations.Nullable;

/// Holds one tensor at a time, for longer than the scopes in which its values are made: a
/// parameter, an optimizer's moment, the buffer of a cache. Replacing the value frees the one
/// before.
public final class Slot {
  private final @Nullable Scope home;
  private @Nullable Tensor value;
  private boolean owned;

  Slot(@Nullable Scope home) {
    this.home = home;
  }

  /// A slot that lives as long as the engine.
  public static Slot lasting() {
    return new Slot(null);
  }

  public boolean isEmpty() {
    return value == null;
  }

  public Tensor get() {
    if (value == null) {
      throw new IllegalStateException("nothing has been put into this slot");
    }
    return value;
  }

  /// Takes the tensor over, unless it outlives the slot anyway.
  public Tensor set(Tensor next) {
    if (next != value) {
      clear();
      value = next;
      Scope from = next.scope();
      owned = from != null && (home == null || !from.outlives(home));
      if (owned) {
        next.moveTo(home); // and not into the scope's list, which would grow with every value
        next.hold();
      }
    }
    return next;
  }

  /// Frees the value, if this slot took it over.
  public void clear() {
    if (owned && value != null) {
      value.release();
    }
    owned = false;
    value = null;
  }
}
