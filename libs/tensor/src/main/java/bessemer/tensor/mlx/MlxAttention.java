package bessemer.tensor.mlx;

import bessemer.mlx.MlxOps;
import bessemer.mlx.MlxType;
import bessemer.tensor.DType;
import bessemer.tensor.Mask;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.mlx.MlxArray.Visible;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// Attention under masks, the positions of what it reads and the buffers it reads from: which of
/// MLX's ways fits the bounds.
final class MlxAttention {
  private final Mlx mlx;
  private final MlxOps c;
  private final MlxCaches caches;

  MlxAttention(Mlx mlx) {
    this.mlx = mlx;
    this.c = mlx.c;
    this.caches = new MlxCaches(mlx);
  }

  long attend(MlxArray[] in, float scale, Mask mask) {
    long q = in[0].at;
    DType stored = in[1].spec().dtype();
    DType type = in[0].spec().dtype();
    long k = caches.values(in[1].at, stored, type);
    long v = caches.values(in[2].at, stored, type);
    long queries = in[0].dim(2);
    long keys = in[1].dim(2);
    int[] bounds = mlx.integers(in[3]);
    boolean all = true;
    boolean square = mask instanceof Mask.Causal;
    boolean blind = false;
    for (int bound : bounds) {
      all &= mask.from(bound, queries - 1) == 0 && mask.to(bound, 0, keys) == keys;
      square &= bound + queries == keys;
      blind |= mask.to(bound, 0, keys) == 0;
    }
    if (all) {
      return c.attend(q, k, v, scale);
    }
    if (square) {
      return c.attendCausal(q, k, v, scale);
    }
    long mixed = c.attend(q, k, v, scale, visible(in[3], mask, queries, keys).at);
    return blind ? c.multiply(mixed, seeing(in, bounds, mask, keys)) : mixed;
  }

  /// Row by row, each over the keys from the first to the last that its queries may see.
  long attendRows(MlxArray[] in, float scale, Mask mask) {
    int[] bounds = mlx.integers(in[1]);
    long[] mixed = new long[bounds.length];
    int[] size = in[0].dims();
    for (int row = 0; row < mixed.length; row++) {
      int[] room = in[2 + 2 * row].dims();
      int from = (int) mask.from(bounds[row], 0);
      int to = (int) mask.to(bounds[row], size[2] - 1, room[2]);
      int[] start = {0, 0, from, 0};
      int[] end = {1, room[1], to, room[3]};
      long q = c.slice(in[0].at, row(row, 0), new int[] {row + 1, size[1], size[2], size[3]});
      if (from >= to) {
        mixed[row] = c.multiply(q, mlx.session.scalar(0f));
        continue;
      }
      DType stored = in[2 + 2 * row].spec().dtype();
      DType type = in[0].spec().dtype();
      long k = caches.values(c.slice(in[2 + 2 * row].at, start, end), stored, type);
      long v = caches.values(c.slice(in[3 + 2 * row].at, start, end), stored, type);
      if (mask.from(bounds[row], size[2] - 1) == from && mask.to(bounds[row], 0, to) == to) {
        mixed[row] = c.attend(q, k, v, scale);
      } else if (mask instanceof Mask.Causal && bounds[row] + size[2] == to) {
        mixed[row] = c.attendCausal(q, k, v, scale);
      } else {
        long all = visible(in[1], mask, size[2], longest(in)).at;
        long seen = c.slice(all, row(row, from), new int[] {row + 1, 1, size[2], to});
        mixed[row] = c.attend(q, k, v, scale, seen);
      }
    }
    return mixed.length == 1 ? mixed[0] : c.concat(mixed, 0);
  }

  private static int[] row(int row, int from) {
    return new int[] {row, 0, 0, from};
  }

  /// The room of the row with the most.
  private static long longest(MlxArray[] in) {
    long longest = 0;
    for (int i = 2; i < in.length; i += 2) {
      longest = Math.max(longest, in[i].dim(2));
    }
    return longest;
  }

  /// 0 for the rows that see nothing, where MLX takes the mean of all values.
  private long seeing(MlxArray[] in, int[] bounds, Mask mask, long keys) {
    int[] seeing = new int[bounds.length];
    Arrays.setAll(seeing, row -> mask.to(bounds[row], 0, keys) == 0 ? 0 : 1);
    return c.cast(mlx.upload(seeing, bounds.length, 1, 1, 1), Mlx.code(in[0].spec().dtype()));
  }

  /// Kept with the bounds, which all layers share.
  MlxArray visible(MlxArray bounds, Mask mask, long queries, long keys) {
    Visible known = bounds.visible;
    boolean again =
        known != null
            && mask.equals(known.mask())
            && queries == known.queries()
            && keys == known.keys();
    if (known != null && again) {
      return known.array();
    }
    if (known != null) {
      mlx.release(known.array());
    }
    MlxArray array = ranges(mlx.integers(bounds), mask, queries, keys);
    bounds.visible = new Visible(mask, queries, keys, array);
    return array;
  }

  private MlxArray ranges(int[] bounds, Mask mask, long queries, long keys) {
    try (Arena passing = Arena.ofConfined()) {
      var seen = passing.allocate(Math.max(1, bounds.length * queries * keys), 64);
      for (int row = 0; row < bounds.length; row++) {
        for (long query = 0; query < queries; query++) {
          long at = (row * queries + query) * keys;
          long from = mask.from(bounds[row], query);
          long to = mask.to(bounds[row], query, keys);
          seen.asSlice(at + from, Math.max(0, to - from)).fill((byte) 1);
        }
      }
      Shape shape = Shape.of(bounds.length, 1, queries, keys);
      long array = mlx.session.upload(seen, MlxArray.ints(shape.dims()), MlxType.BOOL);
      return mlx.own(mlx.session.keep(array), new Spec(DType.I8, shape), null);
    }
  }

  /// MLX divides by a period for each pair where the seam has radians per position.
  long rope(MlxArray[] in, boolean interleaved) {
    long periods = c.power(in[2].at, mlx.session.scalar(-1f));
    int width = Math.toIntExact(in[0].dim(3));
    int[] offsets = mlx.integers(in[1]);
    return alike(offsets)
        ? c.rope(in[0].at, width, interleaved, offsets[0], periods)
        : c.rope(in[0].at, width, interleaved, in[1].at, periods);
  }

  private static boolean alike(int[] values) {
    return Arrays.stream(values).allMatch(value -> value == values[0]);
  }

  /// One update where all rows stand at the same offset, else one a row. MLX writes in place what
  /// nothing else refers to when it is evaluated.
  long place(MlxArray[] in) {
    int[] offsets = mlx.integers(in[2]);
    int[] room = in[0].dims();
    int[] size = in[1].dims();
    for (int offset : offsets) {
      if (offset < 0 || offset + size[2] > room[2]) {
        throw new IndexOutOfBoundsException(
            "Place: " + size[2] + " at " + offset + " in a buffer of " + room[2]);
      }
    }
    long update = caches.stored(in[1], in[0].spec().dtype());
    long buffer = in[0].at;
    if (alike(offsets)) {
      int[] from = {0, 0, offsets[0], 0};
      int[] to = {room[0], room[1], offsets[0] + size[2], room[3]};
      return c.sliceUpdate(buffer, update, from, to);
    }
    for (int row = 0; row < offsets.length; row++) {
      int[] start = {row, 0, 0, 0};
      int[] end = {row + 1, size[1], size[2], room[3]};
      int[] from = {row, 0, offsets[row], 0};
      int[] to = {row + 1, room[1], offsets[row] + size[2], room[3]};
      buffer = c.sliceUpdate(buffer, c.slice(update, start, end), from, to);
    }
    return buffer;
  }
}
