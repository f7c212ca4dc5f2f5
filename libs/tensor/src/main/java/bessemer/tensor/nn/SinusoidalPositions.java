package bessemer.tensor.nn;

import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Tensor;

/// Positions that are added to embeddings: all sines, then all cosines, of angles in fp32 in
/// PyTorch's order, for double angles would part from it by 1e-4 at position 1000. The first token
/// of a row stands at `padding + 1`; padding is not counted and gets zeros.
///
/// @param table the first rows, end to end; positions beyond are computed where they are met
public record SinusoidalPositions(String path, Parameter table, int width, int padding) {
  private static final double BASE = 10_000;

  /// The same table that reports under another path.
  public SinusoidalPositions under(String path) {
    return new SinusoidalPositions(path, table, width, padding);
  }

  /// One vector for each token: `[B, L, D]`.
  ///
  /// @param tokens i32 `[B, L]`
  /// @param offsets how many tokens came before, i32 `[B]`
  public Tensor forward(Tensor tokens, Tensor offsets) {
    Engine engine = tokens.engine();
    int[] positions = positions(tokens.toInts(), offsets.toInts());
    long rows = table.shape().size() / width;
    long last = 0;
    for (int position : positions) {
      last = Math.max(last, position);
    }
    if (last >= rows) {
      float[] values = values(positions, width, padding);
      return engine.of(values, tokens.shape().append(width)).named(path);
    }
    Tensor indices = engine.of(positions, tokens.dim(0), tokens.dim(1));
    return table.value().reshape(rows, width).gather(indices).named(path);
  }

  private int[] positions(int[] tokens, int[] offsets) {
    int[] positions = new int[tokens.length];
    int length = tokens.length / offsets.length;
    for (int row = 0; row < offsets.length; row++) {
      int seen = offsets[row];
      for (int i = row * length; i < (row + 1) * length; i++) {
        positions[i] = tokens[i] == padding ? padding : ++seen + padding;
      }
    }
    return positions;
  }

  /// The vectors of the positions from 0 on, end to end.
  static float[] table(int rows, int width, int padding) {
    int[] positions = new int[rows];
    for (int i = 0; i < rows; i++) {
      positions[i] = i;
    }
    return values(positions, width, padding);
  }

  private static float[] values(int[] positions, int width, int padding) {
    int half = width / 2;
    float[] frequencies = new float[half];
    float step = (float) -(Math.log(BASE) / (half - 1));
    for (int i = 0; i < half; i++) {
      frequencies[i] = (float) Math.exp(i * step);
    }
    float[] values = new float[positions.length * width];
    for (int row = 0; row < positions.length; row++) {
      if (positions[row] == padding) {
        continue;
      }
      for (int i = 0; i < half; i++) {
        float angle = positions[row] * frequencies[i];
        values[row * width + i] = (float) Math.sin(angle);
        values[row * width + half + i] = (float) Math.cos(angle);
      }
    }
    return values;
  }
}
