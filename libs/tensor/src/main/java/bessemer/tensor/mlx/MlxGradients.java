package bessemer.tensor.mlx;

import bessemer.mlx.MlxOps;
import bessemer.tensor.Spec;
import java.util.Arrays;

/// Gradients that are primitives of the seam, of MLX's operations: MLX fuses or it does not.
final class MlxGradients {
  private final Mlx mlx;
  private final MlxOps c;

  MlxGradients(Mlx mlx) {
    this.mlx = mlx;
    this.c = mlx.c;
  }

  long crossEntropy(MlxArray[] in) {
    Spec logits = in[0].spec();
    int[] all = new int[Math.toIntExact(in[0].dim(logits.shape().rank() - 1))];
    Arrays.setAll(all, i -> i);
    int[] column = Mlx.column(in[1]);
    long targets = c.reshape(in[1].at, column);
    long hot = c.cast(c.equal(targets, mlx.upload(all, all.length)), Mlx.code(logits.dtype()));
    long each = c.multiply(c.subtract(c.softmax(in[0].at), hot), c.reshape(in[2].at, column));
    return c.where(c.atLeast(targets, mlx.session.scalar(0)), each, mlx.scalar(0, logits));
  }

  long silu(long x, long g, Spec like) {
    long one = mlx.scalar(1, like);
    long sigmoid = c.sigmoid(x);
    long rest = c.multiply(x, c.subtract(one, sigmoid));
    return c.multiply(g, c.multiply(sigmoid, c.add(rest, one)));
  }

  long rmsNorm(MlxArray[] in, float epsilon) {
    Spec like = in[0].spec();
    long x = in[0].at;
    int last = like.shape().rank() - 1;
    long share = mlx.scalar(1f / in[0].dim(last), like);
    long mean = c.multiply(c.sum(c.multiply(x, x), last), share);
    long r = c.power(c.add(mean, mlx.scalar(epsilon, like)), mlx.scalar(-0.5f, like));
    long gw = c.multiply(in[2].at, in[1].at);
    long along = c.multiply(c.sum(c.multiply(gw, x), last), share);
    return c.multiply(r, c.subtract(gw, c.multiply(x, c.multiply(c.multiply(r, r), along))));
  }
}
