package bessemer.models.generation;

import bessemer.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// The choice of the next tokens of texts, from their logits `[B, 1, V]`.
public final class Choice {
  private static final int NONE = -1;

  private Choice() {}

  /// Where the largest logit of each row is; -1 where that is no number.
  ///
  /// @param logits `[B, 1, V]`
  public static int[] likeliest(Tensor logits) {
    Tensor rows = logits.flatten(0, 1); // BV
    Tensor best = rows.argMax();
    int[] tokens = best.toInts();
    float[] values = rows.take(best.reshape(tokens.length, 1)).toFloats();
    for (int row = 0; row < tokens.length; row++) {
      tokens[row] = Float.isFinite(values[row]) ? tokens[row] : NONE;
    }
    return tokens;
  }

  /// As [#likeliest]; logits that are drawn from go to their texts.
  static int[] read(List<Text> texts, Tensor logits) {
    for (int row = 0; row < texts.size(); row++) {
      if (!texts.get(row).greedy()) {
        row(texts, logits, row).read(texts.get(row).logits());
      }
    }
    boolean anyGreedy = texts.stream().anyMatch(Text::greedy);
    return anyGreedy ? likeliest(logits) : new int[texts.size()];
  }

  /// The chosen ones, i32 `[B, 1]`, which nobody has read.
  static Tensor within(List<Text> texts, Tensor logits) {
    if (texts.stream().allMatch(Text::greedy)) {
      return logits.argMax();
    }
    Tensor[] each = new Tensor[texts.size()];
    Arrays.setAll(each, row -> texts.get(row).choose(row(texts, logits, row)));
    return Tensor.concat(0, each);
  }

  private static Tensor row(List<Text> texts, Tensor logits, int row) {
    return texts.size() == 1 ? logits : logits.slice(0, row, row + 1);
  }
}
