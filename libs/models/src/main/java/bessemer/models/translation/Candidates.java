package bessemer.models.translation;

import bessemer.tensor.Tensor;
import java.util.Set;

/// The likeliest next tokens of each row of a pass, the likeliest first. Only these leave the
/// backend: logits of 256,000 tokens stay where they are.
///
/// @param tokens of all rows, `count` each
/// @param logProbabilities of these tokens, over the whole vocabulary
record Candidates(int count, int[] tokens, float[] logProbabilities) {
  static final String NO_NUMBERS = "logits are infinite or not numbers";

  /// @param logits `[B, 1, V]`
  /// @throws IllegalStateException if they are no numbers
  static Candidates of(Tensor logits, int count) {
    Tensor rows = logits.flatten(0, 1); // BV
    Tensor best = rows.topK(count);
    int[] tokens = best.toInts();
    float[] values = rows.take(best).toFloats();
    float[] losses = rows.crossEntropy(best.slice(1, 0, 1).flatten(0, 1)).toFloats();
    float[] logProbabilities = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int row = i / count;
      logProbabilities[i] = values[i] - values[row * count] - losses[row];
      if (Float.isNaN(logProbabilities[i])) {
        throw new IllegalStateException(NO_NUMBERS);
      }
    }
    return new Candidates(count, tokens, logProbabilities);
  }

  /// The likeliest token of a row that is not among these.
  int best(int row, Set<Integer> banned) {
    for (int i = row * count; i < (row + 1) * count; i++) {
      if (!banned.contains(tokens[i])) {
        return tokens[i];
      }
    }
    throw new IllegalStateException(count + " candidates, all of them banned");
  }
}
