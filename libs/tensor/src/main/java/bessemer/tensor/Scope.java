package bessemer.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The lifetime of the tensors made while it is the innermost scope of its engine.
public final class Scope implements AutoCloseable {
  private static final int USUAL = 40; // tensors of a block of a model

  private final Engine engine;
  private final @Nullable Scope parent;
  private final int depth;
  private final List<Tensor> made = new ArrayList<>(USUAL);
  private final List<Slot> slots = new ArrayList<>();

  Scope(Engine engine, @Nullable Scope parent) {
    this.engine = engine;
    this.parent = parent;
    this.depth = parent == null ? 0 : parent.depth + 1;
  }

  /// Lets a tensor outlive this scope, in the one around it.
  public Tensor keep(Tensor tensor) {
    if (parent == null) {
      throw new IllegalStateException("nothing is around the outermost scope to keep a tensor in");
    }
    return parent.adopt(tensor);
  }

  /// Lets a tensor live as long as this scope, if it would die earlier.
  public Tensor adopt(Tensor tensor) {
    Scope home = tensor.scope();
    if (home != null && outlives(home)) {
      take(tensor);
    }
    return tensor;
  }

  /// A place for one tensor at a time, alive as long as this scope.
  public Slot slot() {
    var slot = new Slot(this);
    slots.add(slot);
    return slot;
  }

  boolean outlives(Scope other) {
    return depth < other.depth;
  }

  /// Adopts a tensor for a tape or a trace: nothing but the end of this scope lets it go.
  public Tensor hold(Tensor tensor) {
    adopt(tensor).hold();
    return tensor;
  }

  void take(Tensor tensor) {
    tensor.moveTo(this);
    made.add(tensor);
  }

  void add(Tensor tensor) {
    made.add(tensor);
  }

  @Override
  public void close() {
    engine.leave(this, parent);
    slots.forEach(Slot::clear);
    for (Tensor tensor : made) {
      if (tensor.scope() == this) {
        tensor.release();
      }
    }
  }
}
