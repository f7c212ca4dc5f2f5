package bessemer.models.generation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Texts whose prompts are not computed to their ends. They take turns.
final class Prompts {
  private final Deque<Text> waiting = new ArrayDeque<>(); // next first

  /// Behind all others.
  void add(Text text) {
    waiting.addLast(text);
  }

  /// Takes out the one whose turn it is. One that will find more of itself computed waits for that.
  @Nullable Text next() {
    Iterator<Text> texts = waiting.iterator();
    while (texts.hasNext()) {
      Text text = texts.next();
      if (text.begun() || waiting.stream().noneMatch(other -> isAhead(other, text))) {
        texts.remove();
        return text;
      }
    }
    return null;
  }

  private static boolean isAhead(Text other, Text text) {
    int[] a = other.prompt();
    int[] b = text.prompt();
    int differs = Arrays.mismatch(a, b);
    return other.begun() && (differs < 0 ? a.length : differs) > other.seen() + Batch.BESIDE;
  }

  List<Text> all() {
    return List.copyOf(waiting);
  }

  void remove(Text text) {
    waiting.remove(text);
  }

  int size() {
    return waiting.size();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void clear() {
    waiting.clear();
  }
}
