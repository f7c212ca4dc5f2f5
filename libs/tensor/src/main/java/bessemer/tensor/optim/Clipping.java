package bessemer.tensor.optim;

import bessemer.tensor.Tensor;
import java.util.List;

/// Gradients of which none is longer than allowed, all of them seen as one vector.
///
/// @param norm its length before
/// @param gradients scaled down together where it was longer
public record Clipping(float norm, List<Tensor> gradients) {

  /// @param longest allowed; infinity measures only
  public static Clipping of(List<Tensor> gradients, float longest) {
    Tensor squares = gradients.getFirst().engine().fill(0, 1);
    for (Tensor g : gradients) {
      Tensor flat = g.reshape(g.shape().size());
      squares = squares.plus(flat.times(flat).sum(0));
    }
    float norm = (float) Math.sqrt(squares.item());
    float scale = longest / (norm + 1e-6f); // as PyTorch
    if (scale >= 1 || longest == Float.POSITIVE_INFINITY) {
      return new Clipping(norm, gradients);
    }
    return new Clipping(norm, gradients.stream().map(g -> g.times(scale)).toList());
  }
}
