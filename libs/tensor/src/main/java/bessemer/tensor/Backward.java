package bessemer.tensor;

import bessemer.tensor.Primitive.*;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// The gradient of every primitive, in tensor operations, so that one tape serves every backend.
/// `g` is the gradient of the output; [Flow#to] takes what an input receives, computed if wanted.
final class Backward {
  interface Flow {
    void to(Tensor input, Supplier<Tensor> gradient);
  }

  private final Primitive op;
  private final Tensor[] in;
  private final Tensor out;
  private final Tensor g;

  Backward(Primitive op, Tensor[] in, Tensor out, Tensor g) {
    this.op = op;
    this.in = in;
    this.out = out;
    this.g = g;
  }

  void run(Flow flow) {
    Tensor x = in.length > 0 ? in[0] : out;
    switch (op) {
      case Fill _ -> {}
      case Add _ -> {
        flow.to(x, () -> fold(g, x));
        flow.to(in[1], () -> fold(g, in[1]));
      }
      case Multiply _ -> {
        flow.to(x, () -> fold(g.times(in[1]), x));
        flow.to(in[1], () -> fold(g.times(x), in[1]));
      }
      case Affine(float scale, _) -> flow.to(x, () -> g.times(scale));
      case Power(float p) -> flow.to(x, () -> g.times(x.power(p - 1)).times(p));
      case Maximum _ -> {
        Tensor first = half(x, in[1]);
        flow.to(x, () -> fold(g.times(first), x));
        flow.to(in[1], () -> fold(g.times(first.times(-1).plus(1)), in[1]));
      }
      case Less _, OneHot _, MaskBias _ -> {} // of or to integers
      case Where _ -> {
        flow.to(in[1], () -> fold(x.where(g, nothing()), in[1]));
        flow.to(in[2], () -> fold(x.where(nothing(), g), in[2]));
      }
      case Relu _ -> flow.to(x, () -> nothing().lessThan(x).where(g, nothing()));
      case Sigmoid _ -> flow.to(x, () -> g.times(out.minus(out.times(out))));
      case Silu _ -> flow.to(x, () -> run(new SiluGradient(), x, g));
      case Softmax _ -> flow.to(x, () -> softmax(out, g));
      case Sum _ -> flow.to(x, () -> g.broadcast(x.shape()));
      case Matmul(boolean transposed) -> {
        flow.to(x, () -> transposed ? g.matmul(in[1]) : g.matmulTransposed(in[1]));
        flow.to(
            in[1],
            () -> {
              boolean shared = in[1].shape().rank() == 2; // one matrix for all rows of x
              Tensor a = shared ? rows(x) : x;
              Tensor c = shared ? rows(g) : g;
              Tensor left = transposed ? c : a;
              return left.swapLast().matmul(transposed ? a : c).cast(in[1].dtype());
            });
        bias(2, flow);
      }
      case QuantizedMatmul(Quantization q) -> {
        flow.to(x, () -> g.matmul(in[1].dequantize(exact(in[2]), exact(in[3]), q)));
        refuse(flow, 1, 2, 3);
        bias(4, flow);
      }
      case Int8Matmul _ -> {
        flow.to(x, () -> g.matmul(in[1].int8Rows(in[2])));
        refuse(flow, 1, 2);
        bias(3, flow);
      }
      case Dequantize _ -> refuse(flow, 0, 1, 2);
      case RmsNorm(float epsilon) -> rmsNorm(epsilon, flow);
      case LayerNorm(float epsilon) -> layerNorm(epsilon, flow);
      case Rope(boolean interleaved, float scale) ->
          flow.to(x, () -> g.rope(in[1], in[2].times(-1), interleaved, scale));
      case Attention attention -> attention(attention, flow);
      case Gather _ -> flow.to(x, () -> g.scatter(in[1], x.dim(0)));
      case Scatter _ -> flow.to(x, () -> g.gather(in[1]));
      case Place _ -> refuse(flow, 0, 1);
      case RowsAttention _ -> refuse(flow, IntStream.range(0, in.length).toArray());
      case ArgMax _, TopK _ -> refuse(flow, 0);
      case Draw _ -> refuse(flow, 0, 1);
      case Take _ ->
          flow.to(
              x,
              () -> {
                Tensor places = in[1].oneHot(x.dim(-1)).cast(x.dtype()); // [.., N, D]
                Tensor each = g.reshape(g.shape().append(1)); // [.., N, 1]
                return places.times(each).sum(-2).reshape(x.shape());
              });
      case CrossEntropy _ -> flow.to(x, () -> run(new CrossEntropyGradient(), x, in[1], g));
      case CrossEntropyGradient _, RmsNormGradient _ -> refuse(flow, 0, 2);
      case SiluGradient _ -> refuse(flow, 0, 1);
      case Reshape _ -> flow.to(x, () -> g.reshape(x.shape()));
      case Broadcast _ -> flow.to(x, () -> fold(g, x));
      case Transpose(int[] axes) ->
          flow.to(
              x,
              () -> {
                int[] inverse = new int[axes.length];
                for (int axis = 0; axis < axes.length; axis++) {
                  inverse[axes[axis]] = axis;
                }
                return g.transpose(inverse);
              });
      case Slice(int axis, long from, long to) ->
          flow.to(
              x,
              () -> {
                Tensor before = x.engine().fill(0, x.shape().with(axis, from).dims());
                Tensor after = x.engine().fill(0, x.shape().with(axis, x.dim(axis) - to).dims());
                return Tensor.concat(axis, before.cast(g.dtype()), g, after.cast(g.dtype()));
              });
      case Concat(int axis) -> {
        long from = 0;
        for (Tensor part : in) {
          long start = from;
          from += part.dim(axis);
          flow.to(part, () -> g.slice(axis, start, start + part.dim(axis)));
        }
      }
      case Cast _ -> flow.to(x, () -> g.cast(x.dtype()));
    }
  }

  /// Of a product, where it has one.
  private void bias(int i, Flow flow) {
    if (in.length > i) {
      flow.to(in[i], () -> fold(g, in[i]));
    }
  }

  private void rmsNorm(float epsilon, Flow flow) {
    Tensor x = in[0];
    flow.to(
        in[1],
        () -> {
          Tensor r = x.times(x).mean(-1).plus(epsilon).power(-0.5f);
          return fold(g.times(x.times(r)), in[1]);
        });
    flow.to(x, () -> run(new RmsNormGradient(epsilon), x, in[1], g));
  }

  private static Tensor run(Primitive op, Tensor... in) {
    return in[0].engine().run(op, in);
  }

  private void layerNorm(float epsilon, Flow flow) {
    Tensor centred = in[0].minus(in[0].mean(-1));
    Tensor r = centred.times(centred).mean(-1).plus(epsilon).power(-0.5f);
    Tensor normal = centred.times(r);
    flow.to(in[1], () -> fold(g.times(normal), in[1]));
    flow.to(in[2], () -> fold(g, in[2]));
    flow.to(
        in[0],
        () -> {
          Tensor gw = g.times(in[1]);
          Tensor along = normal.times(gw.times(normal).mean(-1));
          return r.times(gw.minus(gw.mean(-1)).minus(along));
        });
  }

  /// 1 where a is larger, 0 where b is, a half where they are equal (as PyTorch shares it).
  private Tensor half(Tensor a, Tensor b) {
    Tensor one = nothing().plus(1);
    Tensor tie = b.lessThan(a).where(one, nothing().plus(0.5f));
    return a.lessThan(b).where(nothing(), tie);
  }

  private Tensor nothing() {
    return out.engine().fill(0).cast(g.dtype());
  }

  /// Recomputes the weights from q and k: the forward pass keeps nothing of size L x S.
  private void attention(Attention attention, Flow flow) {
    Tensor q = in[0]; // BHLE
    Tensor k = repeat(in[1], q.dim(1)); // BHSE
    Tensor v = repeat(in[2], q.dim(1)); // BHSE
    Tensor bias = in[3].maskBias(attention.mask(), q.dim(2), k.dim(2));
    Tensor scaled = q.times(attention.scale());
    Tensor weights = scaled.matmulTransposed(k).plus(bias).softmax(); // BHLS
    Tensor scores = softmax(weights, g.matmulTransposed(v)); // BHLS
    flow.to(q, () -> scores.matmul(k).times(attention.scale()));
    flow.to(in[1], () -> unrepeat(scores.swapLast().matmul(scaled), in[1]));
    flow.to(in[2], () -> unrepeat(weights.swapLast().matmul(g), in[2]));
  }

  /// Weights of the scales' own type would be rounded to it, and the product is not.
  private static Tensor exact(Tensor scales) {
    return scales.cast(DType.F32);
  }

  private static Tensor softmax(Tensor y, Tensor g) {
    return y.times(g.plus(g.times(y).sum(-1).times(-1)));
  }

  private static Tensor repeat(Tensor x, long heads) {
    long groups = heads / x.dim(1);
    Shape wide = Shape.of(x.dim(0), x.dim(1), groups, x.dim(2), x.dim(3));
    Tensor each = x.reshape(x.dim(0), x.dim(1), 1, x.dim(2), x.dim(3));
    return each.broadcast(wide).reshape(x.dim(0), heads, x.dim(2), x.dim(3));
  }

  private static Tensor unrepeat(Tensor g, Tensor x) {
    long groups = g.dim(1) / x.dim(1);
    return g.reshape(x.dim(0), x.dim(1), groups, x.dim(2), x.dim(3)).sum(2).reshape(x.shape());
  }

  private static Tensor rows(Tensor x) {
    return x.flatten(0, x.shape().rank() - 2);
  }

  /// Sums over the axes along which `like` was broadcast.
  private static Tensor fold(Tensor g, Tensor like) {
    Tensor folded = g;
    for (int axis = 1; axis <= g.shape().rank(); axis++) {
      boolean wide = axis > like.shape().rank() || like.dim(-axis) == 1;
      folded = wide && g.dim(-axis) > 1 ? folded.sum(-axis) : folded;
    }
    return folded.reshape(like.shape());
  }

  private void refuse(Flow flow, int... inputs) {
    for (int input : inputs) {
      flow.to(
          in[input],
          () -> {
            throw new UnsupportedOperationException(
                op + " has no gradient for its input " + input + " " + in[input].spec());
          });
    }
  }
}
