package bessemer.models;

import bessemer.tensor.Mask;
import bessemer.tensor.Shape;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import bessemer.tensor.nn.Pass;

/// What the attention of every model does around its products.
///
/// Letters: B batch, L queries, S keys, H query heads, K key heads, E head width.
final class Heads {
  private Heads() {}

  /// `[B, L, H * E]` to BHLE.
  static Tensor split(Tensor x, int heads) {
    long width = x.dim(2) / heads;
    return x.reshape(x.dim(0), x.dim(1), heads, width).transpose(0, 2, 1, 3);
  }

  /// BHLE to `[B, L, H * E]`.
  static Tensor merge(Tensor x) {
    return x.transpose(0, 2, 1, 3).flatten(2, 3);
  }

  /// Shows a trace that wants them the scores and probabilities, which the fused attention never
  /// writes down. Only for passes that see nothing but their own tokens.
  static void show(String path, Pass pass, Tensor q, Tensor k, float scale, Mask mask) {
    if (pass instanceof Pass.Fresh) {
      show(path, pass.offsets(), q, k, scale, mask);
    }
  }

  /// @param bounds of the mask, `[B]`
  static void show(String path, Tensor bounds, Tensor q, Tensor k, float scale, Mask mask) {
    Trace trace = q.engine().activeTrace();
    if (trace == null || !trace.wants(path + ".scores") && !trace.wants(path + ".probs")) {
      return;
    }
    Tensor scores = q.matmulTransposed(repeat(k, q.dim(1))).times(scale); // BHLS
    scores = scores.named(path + ".scores");
    Tensor bias = bounds.maskBias(mask, q.dim(2), k.dim(2)).cast(scores.dtype());
    scores.plus(bias).softmax().named(path + ".probs");
  }

  private static Tensor repeat(Tensor x, long heads) {
    long groups = heads / x.dim(1);
    Shape wide = Shape.of(x.dim(0), x.dim(1), groups, x.dim(2), x.dim(3));
    Tensor each = x.reshape(x.dim(0), x.dim(1), 1, x.dim(2), x.dim(3));
    return each.broadcast(wide).reshape(x.dim(0), heads, x.dim(2), x.dim(3));
  }
}
