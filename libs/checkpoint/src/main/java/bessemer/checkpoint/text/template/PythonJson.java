package bessemer.checkpoint.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `json.dumps` as the `tojson` filter of transformers calls it: not escaped for HTML, letters of
/// all scripts kept unless `ensureAscii`.
final class PythonJson {
  /// How to write: `indent` is empty for one line.
  record Style(
      boolean ensureAscii,
      String indent,
      boolean lines,
      String itemSeparator,
      String keySeparator,
      boolean sortKeys) {}

  private final Budget budget;
  private final Operators operators;
  private final Style style;
  private final StringBuilder out = new StringBuilder();

  private PythonJson(Budget budget, Operators operators, Style style) {
    this.budget = budget;
    this.operators = operators;
    this.style = style;
  }

  static String write(Budget budget, Operators operators, Style style, Object value) {
    var json = new PythonJson(budget, operators, style);
    json.value(value, 0);
    return json.out.toString();
  }

  private void value(Object value, int level) {
    budget.enter();
    budget.work(1);
    switch (value) {
      case String text -> quote(text);
      case None _ -> out.append("null");
      case Boolean flag -> out.append(flag);
      case Long number -> out.append(number);
      case BigInteger number -> out.append(number);
      case Double number -> out.append(number(number));
      case List<?> items -> array(items, level);
      case Tuple(var items) -> array(items, level);
      case Map<?, ?> entries -> object(entries, level);
      case Object other ->
          throw budget.fail(
              "Object of type %s is not JSON serializable".formatted(PythonText.typeName(other)));
    }
    budget.output(out.length());
    budget.leave();
  }

  private static String number(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "Infinity" : "-Infinity";
    }
    return PythonText.number(number);
  }

  private void array(List<?> items, int level) {
    out.append('[');
    for (int i = 0; i < items.size(); i++) {
      separate(i, level + 1);
      value(items.get(i), level + 1);
    }
    close(items.isEmpty(), level);
    out.append(']');
  }

  private void object(Map<?, ?> entries, int level) {
    List<Map.Entry<?, ?>> sorted = new ArrayList<>(entries.entrySet());
    if (style.sortKeys()) {
      sorted.sort((a, b) -> operators.compare(a.getKey(), b.getKey()));
    }
    out.append('{');
    for (int i = 0; i < sorted.size(); i++) {
      separate(i, level + 1);
      quote(key(sorted.get(i).getKey()));
      out.append(style.keySeparator());
      value(sorted.get(i).getValue(), level + 1);
    }
    close(entries.isEmpty(), level);
    out.append('}');
  }

  private String key(Object key) {
    return switch (key) {
      case String text -> text;
      case None _ -> "null";
      case Boolean flag -> flag.toString();
      case Long number -> number.toString();
      case Double number -> number(number);
      case Object other ->
          throw budget.fail(
              "keys must be str, int, float, bool or None, not " + PythonText.typeName(other));
    };
  }

  private void separate(int index, int level) {
    if (index > 0) {
      out.append(style.itemSeparator());
    }
    newline(level);
  }

  private void close(boolean empty, int level) {
    if (!empty) {
      newline(level);
    }
  }

  private void newline(int level) {
    if (style.lines()) {
      budget.work((long) level * style.indent().length() + 1);
      out.append('\n').repeat(style.indent(), level);
    }
  }

  private void quote(String text) {
    budget.work(text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < ' ' || (style.ensureAscii() && c > '~')) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
