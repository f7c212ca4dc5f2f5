package bessemer.tensor.mlx;

import bessemer.mlx.MlxOps;
import bessemer.tensor.Spec;

/// Gradients that are primitives of the seam, of MLX's operations: MLX fuses or it does not.
final class MlxGradients {
  private final Mlx mlx;
  private final MlxOps c;

  MlxGradients(Mlx mlx) {
    this.mlx = mlx;
    this.c = mlx.c;
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
