package bessemer.checkpoint.text.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `loop` variable inside a `for`.
final class LoopState {
  private final List<Object> items;
  private final Operators operators;
  private int index = -1;
  private @Nullable Object lastChecked;

  LoopState(List<Object> items, Operators operators) {
    this.items = items;
    this.operators = operators;
  }

  void advance() {
    index++;
  }

  Object attribute(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> 1L; // loops that call themselves would go deeper
      case "depth0" -> 0L;
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
      case "nextitem" ->
          index + 1 < items.size() ? items.get(index + 1) : new Undefined("there is no next item");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) this::changed;
      default -> new Undefined("'LoopContext' object has no attribute '%s'".formatted(name));
    };
  }

  private Object cycle(Arguments arguments) {
    List<Object> values = arguments.positional();
    if (values.isEmpty()) {
      throw arguments.budget().fail("no items for cycling given");
    }
    return values.get(index % values.size());
  }

  private Object changed(Arguments arguments) {
    Object now = new Tuple(arguments.positional());
    boolean changed = lastChecked == null || !operators.equal(lastChecked, now);
    lastChecked = now;
    return changed;
  }
}
