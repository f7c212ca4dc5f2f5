package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.store;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of logits: probabilities, losses, the largest.
final class Logits {
  private static final int BLOCK = 1024; // sums of floats are added up in doubles

  private Logits() {}

  static void row(long x, int width, long out) {
    double total = exponentials(x, max(x, width), width, out);
    scale(out, width, (float) (1 / total));
  }

  static float max(long x, int width) {
    FloatVector top = all(Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      top = top.max(floats(x + 4L * i));
    }
    float max = top.reduceLanes(VectorOperators.MAX);
    for (; i < width; i++) {
      max = Math.max(max, Raw.get(x + 4L * i));
    }
    return max;
  }

  /// `e^(x - top)` of each and their sum.
  static double exponentials(long x, float top, int width, long out) {
    double sum = 0;
    for (int i = 0; i < width; i += BLOCK) {
      sum += block(x + 4L * i, top, Math.min(BLOCK, width - i), out + 4L * i);
    }
    return sum;
  }

  private static float block(long x, float top, int width, long out) {
    FloatVector sums = all(0);
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector e = Exponential.exp(floats(x + 4L * i).sub(top));
      store(e, out + 4L * i);
      sums = sums.add(e);
    }
    float sum = Raw.sum(sums);
    for (; i < width; i++) {
      float e = (float) Math.exp(Raw.get(x + 4L * i) - top);
      Raw.put(out + 4L * i, e);
      sum += e;
    }
    return sum;
  }

  static void scale(long x, int width, float factor) {
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      store(floats(x + 4L * i).mul(factor), x + 4L * i);
    }
    for (; i < width; i++) {
      Raw.put(x + 4L * i, Raw.get(x + 4L * i) * factor);
    }
  }

  /// The negative logarithm of the target's probability.
  static float loss(Loops loops, long x, int width, int target) {
    float top = Raw.get(x + 4L * argMax(loops, x, width));
    double total = loops.exponentials(x, width, top);
    return (float) (top + Math.log(total) - Raw.get(x + 4L * target));
  }

  /// The sum of [#exponentials], which are not kept.
  static double total(long x, float top, int width) {
    double sum = 0;
    for (int i = 0; i < width; i += BLOCK) {
      sum += sum(x + 4L * i, top, Math.min(BLOCK, width - i));
    }
    return sum;
  }

  private static float sum(long x, float top, int width) {
    FloatVector sums = all(0);
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      sums = sums.add(Exponential.exp(floats(x + 4L * i).sub(top)));
    }
    float sum = Raw.sum(sums);
    for (; i < width; i++) {
      sum += (float) Math.exp(Raw.get(x + 4L * i) - top);
    }
    return sum;
  }

  /// The first place of the largest.
  static int argMax(Loops loops, long x, int width) {
    int best = 0;
    for (int i = 1; i < width; i++) {
      i = loops.above(x, i, width, Raw.get(x + 4L * best));
      best = i < width ? i : best;
    }
    return best;
  }

  /// The places of the `count` largest, the earlier of equals first.
  static void topK(Loops loops, long x, int width, int count, long out) {
    float[] values = new float[count];
    int found = 0;
    int i = 0;
    while (i < width) {
      float value = Raw.get(x + 4L * i);
      int at = found < count ? found++ : count - 1;
      for (; at > 0 && value > values[at - 1]; at--) {
        values[at] = values[at - 1];
        Raw.putInt(out + 4L * at, Raw.getInt(out + 4L * (at - 1)));
      }
      values[at] = value;
      Raw.putInt(out + 4L * at, i);
      i = found < count ? i + 1 : loops.above(x, i + 1, width, values[count - 1]);
    }
  }

  /// All places, that of the largest first, the earlier of equals first.
  static int[] ranks(long x, int width) {
    long[] keys = new long[width];
    for (int i = 0; i < width; i++) {
      int bits = Float.floatToIntBits(Raw.get(x + 4L * i) + 0f); // no negative zero
      int rising = bits ^ bits >> 31 & Integer.MAX_VALUE;
      keys[i] = (long) ~rising << 32 | i;
    }
    Arrays.sort(keys);
    int[] ranks = new int[width];
    Arrays.setAll(ranks, i -> (int) keys[i]);
    return ranks;
  }
}
