package bessemer.foundry.parity;

import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Component;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Rope;
import java.util.Arrays;

/// What attention puts out where it is put together wrongly, made of the queries, keys, values and
/// probabilities that PyTorch had. Everything lives in the current scope.
///
/// Letters: B rows, L queries, S keys, H query heads, K key heads, G of the former for each of the
/// latter, E head width.
record WrongAttention(Engine engine, ReferencePack pack, Case recorded) {
  private static final double ROPE_BASE = 10_000;

  /// Scores of cross-attention, BHLS, with queries and keys turned as in self-attention.
  Tensor turnedScores(String attention) {
    long heads = component(attention + ".scores").shape().dim(1);
    Tensor q = values(attention + ".q_proj");
    long width = q.dim(2) / heads;
    Tensor turned = turned(split(q, width));
    Tensor keys = turned(split(values(attention + ".k_proj"), width));
    return scores(turned, next(keys, heads));
  }

  /// Scores of self-attention, BHLS, with keys dealt out one by one instead of in groups.
  Tensor dealtScores(String attention) {
    Tensor q = values(attention + ".q_rope");
    return scores(q, dealt(values(attention + ".k_rope"), q.dim(1)));
  }

  /// What self-attention mixes, `[B, L, H * E]`, with values dealt out one by one.
  Tensor dealtContext(String attention) {
    Tensor probs = values(attention + ".probs");
    long width = component(attention + ".k_rope").shape().dim(3);
    Tensor v = dealt(split(values(attention + ".v_proj"), width), probs.dim(1));
    return probs.matmul(v).transpose(0, 2, 1, 3).flatten(2, 3);
  }

  /// Queries or keys, `[B, heads, L, E]`, turned by as many places more.
  Tensor later(Tensor x, int places) {
    int vectors = Math.toIntExact(x.shape().size() / x.dim(3));
    int[] offsets = new int[vectors];
    Arrays.fill(offsets, places);
    Tensor each = x.reshape(vectors, 1, 1, x.dim(3));
    return each.rope(engine.of(offsets, vectors), frequencies(x)).reshape(x.shape());
  }

  /// Whether several heads of queries share keys.
  boolean isGrouped(String attention) {
    return component(attention + ".q_proj").shape().dim(2)
        > component(attention + ".k_proj").shape().dim(2);
  }

  /// How many heads keys have.
  long keyHeads(String attention) {
    return component(attention + ".k_rope").shape().dim(1);
  }

  boolean knows(String path) {
    return recorded.component(path).isPresent();
  }

  private Component component(String path) {
    return recorded.component(path).orElseThrow();
  }

  private Tensor values(String path) {
    Component component = component(path);
    return engine.copy(pack.values(component), new Spec(DType.F32, component.shape()));
  }

  /// `[B, S, heads * E]` to `[B, heads, S, E]`.
  private static Tensor split(Tensor x, long width) {
    return x.reshape(x.dim(0), x.dim(1), x.dim(2) / width, width).transpose(0, 2, 1, 3);
  }

  private Tensor turned(Tensor x) {
    int rows = Math.toIntExact(x.dim(0));
    return x.rope(engine.of(new int[rows], rows), frequencies(x));
  }

  private Tensor frequencies(Tensor x) {
    int width = Math.toIntExact(x.dim(3));
    return engine.of(new Rope.Spec(ROPE_BASE).frequencies(width, x.dim(2)), width / 2);
  }

  private static Tensor scores(Tensor q, Tensor k) {
    return q.matmulTransposed(k).times((float) (1 / Math.sqrt(q.dim(3))));
  }

  /// BKSE to BHSE, each head G times in a row: the right way.
  private static Tensor next(Tensor x, long heads) {
    long group = heads / x.dim(1);
    Tensor each = x.reshape(x.dim(0), x.dim(1), 1, x.dim(2), x.dim(3));
    Shape wide = Shape.of(x.dim(0), x.dim(1), group, x.dim(2), x.dim(3));
    return each.broadcast(wide).reshape(x.dim(0), heads, x.dim(2), x.dim(3));
  }

  /// BKSE to BHSE, all heads in a row G times.
  private static Tensor dealt(Tensor x, long heads) {
    long group = heads / x.dim(1);
    Tensor all = x.reshape(x.dim(0), 1, x.dim(1), x.dim(2), x.dim(3));
    Shape wide = Shape.of(x.dim(0), group, x.dim(1), x.dim(2), x.dim(3));
    return all.broadcast(wide).reshape(x.dim(0), heads, x.dim(2), x.dim(3));
  }
}
