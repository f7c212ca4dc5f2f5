package bessemer.models.translation;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/// Which tokens would repeat a sequence of `size` tokens; none where the size is 0.
record Repetition(int size) {

  /// How many tokens can be banned at most after so many.
  int most(int length) {
    return size == 0 ? 0 : Math.max(0, length - size + 1);
  }

  /// @param tokens of which the first `length` count
  Set<Integer> banned(int[] tokens, int length) {
    Set<Integer> banned = new HashSet<>();
    int last = length - (size - 1); // where the sequence begins that the next token completes
    for (int at = 0; size > 0 && at < last; at++) {
      int end = at + size - 1;
      if (Arrays.equals(tokens, at, end, tokens, last, length)) {
        banned.add(tokens[end]);
      }
    }
    return banned;
  }
}
