package bessemer.checkpoint.text.template;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Filters that make text. `safe` does nothing, since nothing is escaped by itself.
final class TextFilters {
  private static final Pattern WORD_BREAK =
      Pattern.compile("[-\\s({\\[<]+", Pattern.UNICODE_CHARACTER_CLASS);

  private final Budget budget;
  private final Operators operators;
  private final PythonText text;
  private final PythonFormat format;

  TextFilters(Budget budget, Operators operators, PythonText text, PythonFormat format) {
    this.budget = budget;
    this.operators = operators;
    this.text = text;
    this.format = format;
  }

  @Nullable Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "trim" -> trim(value, arguments.bind(name, "chars"));
      case "string", "safe" -> text.str(value);
      case "upper" -> plain(name, value, arguments).toUpperCase(Locale.ROOT);
      case "lower" -> plain(name, value, arguments).toLowerCase(Locale.ROOT);
      case "capitalize" -> PythonStrings.capitalize(plain(name, value, arguments));
      case "title" -> title(plain(name, value, arguments));
      case "replace" -> replace(value, arguments.bind(name, "old", "new", "count"));
      case "indent" -> indent(text.str(value), arguments.bind(name, "width", "first", "blank"));
      case "tojson" -> json(value, arguments);
      case "escape", "e" -> escape(plain(name, value, arguments));
      case "format" ->
          format.percent(
              text.str(value),
              arguments.named().isEmpty() ? new Tuple(arguments.positional()) : arguments.named());
      case "wordcount" -> (long) PythonStrings.words(plain(name, value, arguments), -1).size();
      case "center" -> {
        long width = arguments.bind(name, "width").integer(0, 80);
        Object method =
            new StringMethods(budget, operators, text, format).find(text.str(value), "center");
        yield ((Callable) java.util.Objects.requireNonNull(method))
            .call(new Arguments(budget, List.of(width), java.util.Map.of()));
      }
      default -> null;
    };
  }

  private String plain(String name, Object value, Arguments arguments) {
    arguments.bind(name);
    return text.str(value);
  }

  private String trim(Object value, Arguments.Bound bound) {
    boolean space = bound.get(0, None.NONE) instanceof None;
    return PythonStrings.strip(
        text.str(value),
        space ? PythonStrings::isSpace : PythonStrings.any(bound.text(0)),
        true,
        true);
  }

  private static String title(String value) {
    var out = new StringBuilder();
    Matcher breaks = WORD_BREAK.matcher(value);
    int from = 0;
    while (breaks.find()) {
      out.append(PythonStrings.capitalize(value.substring(from, breaks.start())));
      out.append(breaks.group());
      from = breaks.end();
    }
    return out.append(PythonStrings.capitalize(value.substring(from))).toString();
  }

  private String replace(Object value, Arguments.Bound bound) {
    boolean all = bound.get(2, None.NONE) instanceof None;
    return new StringMethods(budget, operators, text, format)
        .replace(
            text.str(value),
            text.str(bound.required(0)),
            text.str(bound.required(1)),
            all ? -1 : bound.integer(2, -1));
  }

  private String indent(String value, Arguments.Bound bound) {
    Object width = bound.get(0, 4L);
    String indention = width instanceof String s ? s : spaces(bound.integer(0, 4));
    boolean blank = Operators.truth(bound.get(2, false));
    List<Object> lines = PythonStrings.lines(value + "\n", false);
    budget.work(value.length() + (long) lines.size() * (indention.length() + 1));
    var out = new StringBuilder(Operators.truth(bound.get(1, false)) ? indention : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      out.append(i == 0 ? "" : "\n");
      out.append(i > 0 && (blank || !line.isEmpty()) ? indention : "").append(line);
    }
    return out.toString();
  }

  private String spaces(long count) {
    budget.work(Math.max(0, count));
    return " ".repeat((int) Math.clamp(count, 0, Integer.MAX_VALUE));
  }

  private String json(Object value, Arguments arguments) {
    Arguments.Bound bound =
        arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
    Object indent = bound.get(1, None.NONE);
    boolean lines = !(indent instanceof None);
    String unit = indent instanceof String s ? s : lines ? spaces(bound.integer(1, 0)) : "";
    String item = lines ? "," : ", ";
    String key = ": ";
    Object separators = bound.get(2, None.NONE);
    if (!(separators instanceof None)) {
      List<Object> pair = operators.iterate(separators);
      if (pair.size() != 2) {
        throw budget.fail("tojson: separators must be a pair");
      }
      item = text.str(pair.get(0));
      key = text.str(pair.get(1));
    }
    var style =
        new PythonJson.Style(
            Operators.truth(bound.get(0, false)),
            unit,
            lines,
            item,
            key,
            Operators.truth(bound.get(3, false)));
    return PythonJson.write(budget, operators, style, value);
  }

  private static String escape(String value) {
    return value
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }
}
