package bessemer.foundry.score;

import java.util.Arrays;
import java.util.List;

/// Counts the n-grams that lines share. Belongs to one thread.
final class Grams {
  private final Words words = new Words();
  private final Trie grams = new Trie();
  private int[] most = new int[1 << 12]; // by node: how often a reference holds it at most
  private int[] now = new int[1 << 12]; // in the reference at hand

  /// The words between white space, as numbers that are valid until `forget`.
  int[] words(String spaced) {
    var found = new CodePoints(spaced.length() / 4 + 1);
    int start = 0;
    for (int i = 0; i < spaced.length(); i++) {
      if (PythonText.isSpace(spaced.charAt(i))) {
        if (i > start) {
          found.add(words.number(spaced, start, i));
        }
        start = i + 1;
      }
    }
    if (spaced.length() > start) {
      found.add(words.number(spaced, start, spaced.length()));
    }
    return found.toArray();
  }

  void forget() {
    words.clear();
  }

  /// For each order from 1 to `orders`: how many n-grams of the hypothesis are in the references,
  /// each counted as often as the hypothesis and the reference that has it most often both hold it.
  int[] matches(int[] hypothesis, List<int[]> references, int orders) {
    grams.clear();
    for (int[] reference : references) {
      count(reference, orders);
      takeMost();
    }
    int[] matches = new int[orders];
    for (int i = 0; i < hypothesis.length; i++) {
      int node = Trie.ROOT;
      int last = Math.min(orders, hypothesis.length - i);
      for (int n = 0; n < last; n++) {
        node = grams.find(node, hypothesis[i + n]);
        if (node == Trie.NONE) {
          break; // and no longer one with this beginning
        }
        if (most[node] > 0) {
          most[node]--;
          matches[n]++;
        }
      }
    }
    Arrays.fill(most, 0, grams.size() + 1, 0);
    return matches;
  }

  private void count(int[] reference, int orders) {
    for (int i = 0; i < reference.length; i++) {
      int node = Trie.ROOT;
      int last = Math.min(orders, reference.length - i);
      for (int n = 0; n < last; n++) {
        node = grams.add(node, reference[i + n]);
        if (node >= now.length) {
          now = Arrays.copyOf(now, 2 * node);
          most = Arrays.copyOf(most, 2 * node);
        }
        now[node]++;
      }
    }
  }

  private void takeMost() {
    for (int node = 1; node <= grams.size(); node++) {
      most[node] = Math.max(most[node], now[node]);
      now[node] = 0;
    }
  }
}
