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

/// Attention under masks, and the buffers it reads: which of MLX's ways fits the bounds.
final class MlxAttention {
  private final Mlx mlx;
  private final MlxOps c;

  MlxAttention(Mlx mlx) {
    this.mlx = mlx;
    this.c = mlx.c;
  }

  long attend(MlxArray[] in, float scale, Mask mask) {
    long q = in[0].at;
    long k = in[1].at;
    long v = in[2].at;
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
    long update = in[1].at;
    long buffer = in[0].at;
    int[] one = Mlx.ones(4);
    if (MlxIndices.alike(offsets)) {
      int[] from = {0, 0, offsets[0], 0};
      int[] to = {room[0], room[1], offsets[0] + size[2], room[3]};
      return c.sliceUpdate(buffer, update, from, to, one);
    }
    for (int row = 0; row < offsets.length; row++) {
      int[] start = {row, 0, 0, 0};
      int[] end = {row + 1, size[1], size[2], size[3]};
      int[] from = {row, 0, offsets[row], 0};
      int[] to = {row + 1, room[1], offsets[row] + size[2], room[3]};
      buffer = c.sliceUpdate(buffer, c.slice(update, start, end, one), from, to, one);
    }
    return buffer;
  }
}
