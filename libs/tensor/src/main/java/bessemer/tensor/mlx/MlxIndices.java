package bessemer.tensor.mlx;

import java.util.Arrays;

/// Checks of indices that are known before they are used.
final class MlxIndices {
  private MlxIndices() {}

  static boolean alike(int[] values) {
    return Arrays.stream(values).allMatch(value -> value == values[0]);
  }

  /// MLX reads whatever lies at a wrong index. Computed ones are right by how they are computed.
  static void check(MlxArray indices, long rows, int lowest) {
    int[] known = indices.known;
    for (int i = 0; known != null && i < known.length; i++) {
      if (known[i] < lowest || known[i] >= rows) {
        throw new IndexOutOfBoundsException(
            "index " + known[i] + " in a table of " + rows + " rows");
      }
    }
  }
}
