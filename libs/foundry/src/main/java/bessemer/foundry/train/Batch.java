package bessemer.foundry.train;

import java.util.Arrays;
import java.util.List;

/// Examples side by side, the shorter ones filled up at their end.
///
/// @param tokens `[rows, length]`
/// @param targets the token that follows each, -1 where the loss does not count it
public record Batch(int rows, int length, int[] tokens, int[] targets) {
  public static Batch of(List<Example> examples) {
    int length = examples.stream().mapToInt(e -> e.tokens().length - 1).max().orElseThrow();
    int[] tokens = new int[examples.size() * length];
    int[] targets = new int[tokens.length];
    Arrays.fill(targets, -1);
    for (int row = 0; row < examples.size(); row++) {
      Example example = examples.get(row);
      for (int i = 0; i + 1 < example.tokens().length; i++) {
        int at = row * length + i;
        tokens[at] = example.tokens()[i];
        targets[at] = example.counted()[i + 1] ? example.tokens()[i + 1] : -1;
      }
    }
    return new Batch(examples.size(), length, tokens, targets);
  }

  /// Where a prediction counts, in order.
  int[] places() {
    int[] places = new int[targets.length];
    int count = 0;
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] >= 0) {
        places[count++] = i;
      }
    }
    return Arrays.copyOf(places, count);
  }

  public int predictions() {
    return places().length;
  }
}
