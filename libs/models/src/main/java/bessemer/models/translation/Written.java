package bessemer.models.translation;

import java.util.Arrays;
import java.util.List;

/// A translation on its way, its start token first. Never changes.
final class Written {
  private final int[] tokens;

  private Written(int[] tokens) {
    this.tokens = tokens;
  }

  static Written beginning(int start, List<Integer> opening) {
    int[] tokens = new int[1 + opening.size()];
    tokens[0] = start;
    for (int i = 1; i < tokens.length; i++) {
      tokens[i] = opening.get(i - 1);
    }
    return new Written(tokens);
  }

  Written with(int token) {
    int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
    longer[tokens.length] = token;
    return new Written(longer);
  }

  int length() {
    return tokens.length;
  }

  int last() {
    return tokens[tokens.length - 1];
  }

  int[] tokens() {
    return tokens.clone();
  }

  /// All but the start token.
  List<Integer> text() {
    return Arrays.stream(tokens, 1, tokens.length).boxed().toList();
  }
}
