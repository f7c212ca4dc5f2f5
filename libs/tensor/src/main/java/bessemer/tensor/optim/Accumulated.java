package bessemer.tensor.optim;

import bessemer.tensor.Scope;
import bessemer.tensor.Slot;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Sums of gradients over the parts of a batch that is too large for one pass.
public final class Accumulated {
  private final List<Slot> sums = new ArrayList<>();

  /// @param scope as long as the sums are wanted
  /// @param parameters how many there are
  public Accumulated(Scope scope, int parameters) {
    for (int i = 0; i < parameters; i++) {
      sums.add(scope.slot());
    }
  }

  /// Adds the gradients of a part; they may die afterwards.
  public void add(List<Tensor> gradients) {
    for (int i = 0; i < sums.size(); i++) {
      Slot sum = sums.get(i);
      Tensor g = gradients.get(i);
      sum.set(sum.isEmpty() ? g : sum.get().plus(g));
    }
  }

  public List<Tensor> values() {
    return sums.stream().map(Slot::get).toList();
  }
}
