package bessemer.checkpoint.text.template;

import java.util.List;

/// A Python tuple: a list that prints with parentheses and equals tuples only.
record Tuple(List<Object> items) {
  static Tuple of(Object... items) {
    return new Tuple(List.of(items));
  }
}
