package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.store;

import bessemer.tensor.Mask;
import jdk.incubator.vector.FloatVector;

/// Softmax of scaled scores times values, over blocks of keys: sums and results so far are faded
/// whenever a larger score turns up, so no matrix of scores is kept. Heads that share keys read
/// them together.
final class AttentionTask {
  private static final int KEYS = 64;
  private static final int FEW = 8;
  private static final int MANY = 96;

  /// The sizes and places of one attention; steps in bytes.
  ///
  /// @param bounds of the mask, one for each row of the batch
  /// @param sharing query heads for one head of keys
  record Job(
      DenseKernels kernels,
      View q,
      View k,
      View v,
      View out,
      View bounds,
      Mask mask,
      float scale,
      int sharing,
      int queries,
      int keys) {
    Job with(View keys, View values) {
      return new Job(
          kernels, q, keys, values, out, bounds, mask, scale, sharing, queries, this.keys);
    }

    int width() {
      return (int) q.spec.shape().dim(3);
    }

    int heads() {
      return (int) k.spec.shape().dim(1);
    }

    int rows() {
      return sharing * queries;
    }

    long batch() {
      return q.spec.shape().dim(0);
    }

    /// The address of row `row` of a group of heads: query by query, head by head.
    long at(View x, long batch, long head, int row) {
      long query = row / sharing;
      long h = head * sharing + row % sharing;
      return x.at(x.offset + batch * x.stride(0) + h * x.stride(1) + query * x.stride(2));
    }

    static long key(View x, long batch, long head, long key) {
      return x.at(x.offset + batch * x.stride(0) + head * x.stride(1) + key * x.stride(2));
    }
  }

  private AttentionTask() {}

  /// Rows of a task, of those that share keys.
  static int block(Job job, int threads) {
    if (job.rows() <= FEW) {
      return job.rows();
    }
    long groups = job.q.spec.shape().dim(0) * job.heads();
    long wanted = Math.max(1, 4L * threads / Math.max(1, groups));
    long share = (job.rows() + wanted - 1) / wanted;
    return (int) Math.clamp((share + Gemm.ROWS - 1) / Gemm.ROWS * Gemm.ROWS, 24, MANY);
  }

  /// Rows `first` to before `last` of the group of heads `head` of one row of the batch.
  static void rows(Job job, long batch, long head, int first, int last, Scratch own) {
    long bound = job.bounds.integer(batch);
    var block = new AttentionBlock(job, batch, head, first, last, own, KEYS);
    long lowest = Long.MAX_VALUE;
    long highest = 0;
    for (int row = first; row < last; row++) {
      long query = row / job.sharing;
      lowest = Math.min(lowest, job.mask.from(bound, query));
      highest = Math.max(highest, job.mask.to(bound, query, job.keys));
    }
    boolean few = last - first <= FEW && job.rows() <= FEW;
    for (long key = lowest / KEYS * KEYS; key < highest; key += KEYS) {
      int count = (int) Math.min(KEYS, job.keys - key);
      if (few) {
        block.scoresByDots(key, count);
      } else {
        block.scoresByTiles(key, count);
      }
      for (int row = first; row < last; row++) {
        long query = row / job.sharing;
        long from = Math.clamp(job.mask.from(bound, query) - key, 0, count);
        long to = Math.clamp(job.mask.to(bound, query, job.keys) - key, 0, count);
        block.weigh(row - first, (int) from, (int) Math.max(from, to), count);
      }
      if (few) {
        block.addByRows(key, count);
      } else {
        block.addByTiles(key, count);
      }
    }
    block.finish();
  }

  /// `out += weights x values` for a row: `count` values of `width` floats, `step` bytes apart.
  static void add(long weights, long values, long step, int count, int width, long out) {
    int e = 0;
    for (; e <= width - 4 * LANES; e += 4 * LANES) {
      addFour(weights, values + 4L * e, step, count, out + 4L * e);
    }
    for (; e <= width - LANES; e += LANES) {
      FloatVector sum = floats(out + 4L * e);
      for (int key = 0; key < count; key++) {
        FloatVector weight = all(Raw.get(weights + 4L * key));
        sum = weight.fma(floats(values + key * step + 4L * e), sum);
      }
      store(sum, out + 4L * e);
    }
    for (; e < width; e++) {
      float sum = Raw.get(out + 4L * e);
      for (int key = 0; key < count; key++) {
        float value = Raw.get(values + key * step + 4L * e);
        sum = Math.fma(Raw.get(weights + 4L * key), value, sum);
      }
      Raw.put(out + 4L * e, sum);
    }
  }

  private static void addFour(long weights, long values, long step, int count, long out) {
    FloatVector a = floats(out);
    FloatVector b = floats(out + WIDTH);
    FloatVector c = floats(out + 2 * WIDTH);
    FloatVector d = floats(out + 3 * WIDTH);
    for (int key = 0; key < count; key++, values += step) {
      FloatVector weight = all(Raw.get(weights + 4L * key));
      a = weight.fma(floats(values), a);
      b = weight.fma(floats(values + WIDTH), b);
      c = weight.fma(floats(values + 2 * WIDTH), c);
      d = weight.fma(floats(values + 3 * WIDTH), d);
    }
    store(a, out);
    store(b, out + WIDTH);
    store(c, out + 2 * WIDTH);
    store(d, out + 3 * WIDTH);
  }
}
