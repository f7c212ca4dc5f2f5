package bessemer.tensor.mlx;

import bessemer.tensor.Backend;
import bessemer.tensor.Mask;
import bessemer.tensor.Spec;
import org.jspecify.annotations.Nullable;

/// An array of MLX. The integers of an uploaded one stay known here: offsets, bounds and tokens
/// decide how an operation runs, and reading them back would wait for everything before them.
final class MlxArray implements Backend.Handle {
  /// Which keys are seen under these bounds: booleans `[B, 1, L, S]`, shared by all layers.
  record Visible(Mask mask, long queries, long keys, MlxArray array) {}

  /// Codes of int8 as MLX multiplies them, with the scales that were spread to its groups.
  record Affine(MlxArray of, long words, long scales, long biases) {}

  final long at;
  final int @Nullable [] known;
  private final Spec spec;
  @Nullable Visible visible;
  @Nullable Affine affine;

  MlxArray(long at, Spec spec, int @Nullable [] known) {
    this.at = at;
    this.spec = spec;
    this.known = known;
  }

  @Override
  public Spec spec() {
    return spec;
  }

  long dim(int axis) {
    return spec.shape().dim(axis);
  }

  /// MLX counts in 32 bits.
  int[] dims() {
    return ints(spec.shape().dims());
  }

  /// The same with a last axis of one element.
  int[] column() {
    return ints(spec.shape().append(1).dims());
  }

  static int[] ints(long[] dims) {
    int[] ints = new int[dims.length];
    for (int axis = 0; axis < dims.length; axis++) {
      ints[axis] = Math.toIntExact(dims[axis]);
    }
    return ints;
  }
}
