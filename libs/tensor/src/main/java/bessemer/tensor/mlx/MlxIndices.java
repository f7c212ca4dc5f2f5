package bessemer.tensor.mlx;

import bessemer.mlx.MlxOps;
import bessemer.tensor.Spec;
import java.util.Arrays;

/// What is chosen by indices, which are checked where they are known before they are used.
final class MlxIndices {
  private final Mlx mlx;
  private final MlxOps c;

  MlxIndices(Mlx mlx) {
    this.mlx = mlx;
    this.c = mlx.c;
  }

  /// MLX reads whatever lies at a wrong index. Computed ones are right by how they are computed.
  private static void check(MlxArray indices, long rows, int lowest) {
    int[] known = indices.known;
    for (int i = 0; known != null && i < known.length; i++) {
      if (known[i] < lowest || known[i] >= rows) {
        throw new IndexOutOfBoundsException(
            "index " + known[i] + " in a table of " + rows + " rows");
      }
    }
  }

  long take(MlxArray[] in) {
    check(in[1], in[0].dim(-1), 0);
    return c.takeAlong(in[0].at, in[1].at);
  }

  long gather(MlxArray[] in) {
    check(in[1], in[0].dim(0), 0);
    return c.take(in[0].at, in[1].at, 0);
  }

  long scatter(MlxArray[] in, long rows, Spec out) {
    check(in[1], rows, 0);
    int count = Math.toIntExact(in[1].spec().shape().size());
    long zeros = mlx.zeros(out);
    long updates = c.reshape(in[0].at, count, 1, Math.toIntExact(out.shape().dim(1)));
    return c.scatterAdd(zeros, c.reshape(in[1].at, count), updates);
  }

  /// Booleans `[.., classes]`.
  long oneHot(MlxArray indices, long classes) {
    int[] all = new int[Math.toIntExact(classes)];
    Arrays.setAll(all, i -> i);
    return c.equal(c.reshape(indices.at, indices.column()), mlx.upload(all, all.length));
  }

  long crossEntropy(MlxArray[] in) {
    check(in[1], in[0].dim(-1), Integer.MIN_VALUE);
    long zero = mlx.session.scalar(0);
    long index = c.reshape(c.maximum(in[1].at, zero), in[1].column());
    long picked = c.reshape(c.takeAlong(in[0].at, index), in[1].dims());
    long loss = c.subtract(c.logSumExp(in[0].at), picked);
    return c.where(c.atLeast(in[1].at, zero), loss, mlx.session.scalar(0f));
  }

  long crossEntropyGradient(MlxArray[] in) {
    Spec logits = in[0].spec();
    int[] column = in[1].column();
    long hot = c.cast(oneHot(in[1], in[0].dim(-1)), Mlx.code(logits.dtype()));
    long each = c.multiply(c.subtract(c.softmax(in[0].at), hot), c.reshape(in[2].at, column));
    long real = c.atLeast(c.reshape(in[1].at, column), mlx.session.scalar(0));
    return c.where(real, each, mlx.scalar(0, logits));
  }
}
