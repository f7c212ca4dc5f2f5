package bessemer.tensor.mlx;

import bessemer.mlx.MlxOps;
import bessemer.mlx.MlxType;
import bessemer.tensor.Primitive.Draw;

/// Draws from rows of logits within the graph: nothing is read before the token is.
final class MlxDraws {
  private final Mlx mlx;
  private final MlxOps c;

  MlxDraws(Mlx mlx) {
    this.mlx = mlx;
    this.c = mlx.c;
  }

  long draw(MlxArray[] in, Draw rules) {
    long width = in[0].dim(-1);
    int[] column = in[1].column();
    int[] dims = in[0].dims(); // of what is looked at
    dims[dims.length - 1] = Math.toIntExact(rules.count(width));
    long logits = c.cast(in[0].at, MlxType.F32);
    long below = c.subtract(logits, c.max(logits)); // or low temperatures would make infinities
    long scaled = c.divide(below, scalar(Math.max(Float.MIN_NORMAL, rules.temperature())));
    long order = 0;
    if (rules.ranks(width)) {
      order = c.argSort(c.multiply(logits, scalar(-1)));
      order = c.slice(order, new int[dims.length], dims);
      scaled = c.takeAlong(scaled, order);
    }
    long chances = kept(c.softmax(scaled), column, rules);
    long place = c.reshape(place(chances, c.reshape(in[1].at, column), dims), column);
    long drawn = c.cast(order == 0 ? place : c.takeAlong(order, place), MlxType.I32);
    long numbers = c.less(c.logSumExp(logits), scalar(Float.POSITIVE_INFINITY));
    return c.where(numbers, c.reshape(drawn, in[1].dims()), mlx.session.scalar(-1));
  }

  /// Zeros for what top-p and min-p drop.
  private long kept(long chances, int[] column, Draw rules) {
    long kept = chances;
    if (rules.topP() < 1) {
      long before = c.cumulativeSum(chances, false);
      kept = c.where(c.less(before, scalar(rules.topP())), kept, scalar(0));
    }
    if (rules.minP() > 0) {
      long largest = c.takeAlong(chances, c.reshape(c.argMax(chances), column));
      long least = c.multiply(largest, scalar(rules.minP()));
      kept = c.where(c.atLeast(chances, least), kept, scalar(0));
    }
    return kept;
  }

  /// The first that reaches beyond the share `u` of the sum, and has a chance at all: sums of many
  /// small numbers need not rise from place to place.
  private long place(long chances, long u, int[] dims) {
    long reached = c.cumulativeSum(chances, true);
    int[] last = new int[dims.length];
    last[last.length - 1] = dims[dims.length - 1] - 1;
    long target = c.multiply(u, c.slice(reached, last, dims));
    long beyond = c.where(c.less(target, reached), chances, scalar(0));
    return c.argMax(c.cast(c.less(scalar(0), beyond), MlxType.I32));
  }

  private long scalar(float value) {
    return mlx.session.scalar(value);
  }
}
