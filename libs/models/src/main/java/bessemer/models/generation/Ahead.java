package bessemer.models.generation;

import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Slot;
import bessemer.tensor.Tensor;
import java.util.List;

/// The tokens that texts get next, already asked for: a lazy backend computes them, and is given
/// the pass after them, before anybody reads them. A text that ends has one pass too many then.
final class Ahead {
  /// Asks for the tokens that follow.
  interface Forward {
    /// @param last of each text, i32 `[B, 1]`
    /// @return what follows, i32 `[B, 1]`
    Tensor choose(List<Text> texts, Tensor last);
  }

  /// Tokens that were read.
  record Told(List<Text> texts, int[] tokens) {}

  private final Engine engine;
  private final Forward forward;
  private Slot tokens = Slot.lasting(); // i32 [R, 1]
  private Slot further = Slot.lasting();
  private List<Text> rows = List.of(); // whose tokens they are

  Ahead(Engine engine, Forward forward) {
    this.engine = engine;
    this.forward = forward;
  }

  /// Whether any of these has its next token on its way.
  boolean isUnderWay(List<Text> running) {
    return rows.stream().anyMatch(running::contains);
  }

  /// Waits for the next tokens of those whose are on their way, or of all if none are.
  ///
  /// @param on whether those after them are asked for
  Told step(List<Text> running, boolean on) {
    try (Scope _ = engine.scope()) {
      if (!isUnderWay(running)) {
        ask(List.copyOf(running));
      }
      Slot known = tokens;
      List<Text> due = rows;
      ask(on ? running.stream().filter(text -> continues(text, due)).toList() : List.of());
      int[] all = known.get().toInts();
      List<Text> told = due.stream().filter(running::contains).toList();
      return new Told(told, told.stream().mapToInt(text -> all[due.indexOf(text)]).toArray());
    }
  }

  private static boolean continues(Text text, List<Text> due) {
    return text.wantsMore() || !due.contains(text);
  }

  private void ask(List<Text> texts) {
    Slot free = further;
    if (!texts.isEmpty()) {
      free.set(forward.choose(texts, last(texts)).evaluateAsync());
    }
    further = tokens;
    tokens = free;
    rows = texts;
  }

  /// Of those on their way, and of those that only join now.
  private Tensor last(List<Text> texts) {
    if (texts.equals(rows)) {
      return tokens.get();
    }
    Tensor[] each = new Tensor[texts.size()];
    for (int i = 0; i < each.length; i++) {
      int row = rows.indexOf(texts.get(i));
      each[i] =
          row >= 0
              ? tokens.get().slice(0, row, row + 1)
              : engine.of(new int[] {texts.get(i).lastToken()}, 1, 1);
    }
    return Tensor.concat(0, each);
  }

  /// Forgets what is on its way.
  void clear() {
    tokens.clear();
    further.clear();
    rows = List.of();
  }
}
