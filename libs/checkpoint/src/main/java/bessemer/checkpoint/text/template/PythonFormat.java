package bessemer.checkpoint.text.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `text % values` and `text.format(...)`.
final class PythonFormat {
  private static final Pattern PERCENT =
      Pattern.compile("%(?:\\((\\w+)\\))?([-+ 0#]*)(\\d{0,4})(?:\\.(\\d{1,3}))?([a-zA-Z%])");
  private static final Pattern FIELD =
      Pattern.compile("\\{\\{|\\}\\}|\\{(\\w*)(?:!([rs]))?(?::([^{}]*))?\\}|[{}]");
  private static final Pattern SPEC =
      Pattern.compile("(?:(.)?([<>^]))?([-+ ])?(0)?(\\d{0,4})(,)?(?:\\.(\\d{1,3}))?([a-zA-Z%])?");

  private final Budget budget;
  private final PythonText text;

  PythonFormat(Budget budget, PythonText text) {
    this.budget = budget;
    this.text = text;
  }

  /// One number or text as a specification wants it.
  private record Layout(
      String fill,
      String align,
      String sign,
      int width,
      boolean commas,
      int precision,
      char type) {}

  String percent(String template, Object values) {
    List<Object> positional = values instanceof Tuple(var items) ? items : List.of(values);
    var out = new StringBuilder();
    Matcher field = PERCENT.matcher(template);
    int used = 0;
    while (field.find()) {
      String value = "%";
      if (!field.group(5).equals("%")) {
        Object argument =
            field.group(1) != null ? named(values, field.group(1)) : next(positional, used++);
        value = converted(field, argument);
      }
      field.appendReplacement(out, Matcher.quoteReplacement(value));
      budget.work(value.length());
    }
    if (used < positional.size() && values instanceof Tuple
        || used == 0 && values instanceof String) {
      throw budget.fail("not all arguments converted during string formatting");
    }
    return field.appendTail(out).toString();
  }

  private Object next(List<Object> positional, int index) {
    if (index >= positional.size()) {
      throw budget.fail("not enough arguments for format string");
    }
    return positional.get(index);
  }

  private Object named(Object values, String name) {
    Object value = values instanceof Map<?, ?> entries ? entries.get(name) : null;
    if (value == null) {
      throw budget.fail("format requires a mapping with the key '%s'".formatted(name));
    }
    return value;
  }

  private String converted(Matcher field, Object value) {
    String flags = field.group(2);
    char type = field.group(5).charAt(0);
    int precision = field.group(4) == null ? -1 : Integer.parseInt(field.group(4));
    boolean left = flags.contains("-");
    boolean zero = flags.contains("0") && !left && "rs".indexOf(type) < 0;
    String sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "-";
    int width = field.group(3).isEmpty() ? 0 : Integer.parseInt(field.group(3));
    var layout =
        new Layout(
            zero ? "0" : " ", left ? "<" : zero ? "=" : ">", sign, width, false, precision, type);
    return switch (type) {
      case 's' -> laid(text.str(value), layout);
      case 'r' -> laid(text.repr(value), layout);
      default -> {
        if (!Operators.isNumber(value)) {
          throw budget.fail(
              "%%%s format: a number is required, not %s"
                  .formatted(type, PythonText.typeName(value)));
        }
        boolean integral = "diuxXo".indexOf(type) >= 0;
        Object number = integral ? (Object) (long) Operators.toDouble(value) : value;
        yield number(Operators.isInteger(value) && integral ? value : number, layout);
      }
    };
  }

  String format(String template, Arguments arguments) {
    var out = new StringBuilder();
    Matcher field = FIELD.matcher(template);
    int automatic = 0;
    while (field.find()) {
      String value =
          switch (field.group()) {
            case "{{" -> "{";
            case "}}" -> "}";
            case "{", "}" ->
                throw budget.fail(
                    "format fields with attributes or nested fields, or a single brace");
            default -> {
              boolean numbered = field.group(1).isEmpty();
              Object argument =
                  argument(arguments, numbered ? Integer.toString(automatic) : field.group(1));
              automatic += numbered ? 1 : 0;
              yield formatted(field, argument);
            }
          };
      budget.work(value.length());
      field.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return field.appendTail(out).toString();
  }

  private Object argument(Arguments arguments, String name) {
    if (name.chars().allMatch(c -> c >= '0' && c <= '9') && name.length() < 6) {
      return next(arguments.positional(), Integer.parseInt(name));
    }
    Object value = arguments.named().get(name);
    if (value == null) {
      throw budget.fail("format: no argument '%s'".formatted(name));
    }
    return value;
  }

  private String formatted(Matcher field, Object argument) {
    Object value = "r".equals(field.group(2)) ? text.repr(argument) : argument;
    String spec = field.group(3) == null ? "" : field.group(3);
    Matcher parts = SPEC.matcher(spec);
    if (!parts.matches()) {
      throw budget.fail("Invalid format specifier '%s'".formatted(spec));
    }
    boolean number = Operators.isNumber(value) && !(value instanceof Boolean && spec.isEmpty());
    boolean zero = parts.group(4) != null;
    String align = parts.group(2) != null ? parts.group(2) : zero ? "=" : number ? ">" : "<";
    var layout =
        new Layout(
            parts.group(1) != null ? parts.group(1) : zero ? "0" : " ",
            align,
            parts.group(3) == null ? "-" : parts.group(3),
            parts.group(5).isEmpty() ? 0 : Integer.parseInt(parts.group(5)),
            parts.group(6) != null,
            parts.group(7) == null ? -1 : Integer.parseInt(parts.group(7)),
            parts.group(8) == null ? ' ' : parts.group(8).charAt(0));
    return number ? number(value, layout) : laid(text.str(value), layout);
  }

  private String laid(String value, Layout layout) {
    boolean cut = layout.precision() >= 0 && layout.precision() < PythonStrings.length(value);
    String shown =
        cut ? value.substring(0, value.offsetByCodePoints(0, layout.precision())) : value;
    return padded("", shown, layout);
  }

  private String number(Object value, Layout layout) {
    boolean negative = Operators.toDouble(value) < 0;
    String digits = digits(value, layout);
    digits = digits.startsWith("-") ? digits.substring(1) : digits;
    if (layout.commas()) {
      digits = digits.replaceFirst("^\\d+", grouped(digits));
    }
    String sign = negative ? "-" : layout.sign().equals("-") ? "" : layout.sign();
    return padded(sign, digits, layout);
  }

  private static String grouped(String digits) {
    int point = digits.indexOf('.') < 0 ? digits.length() : digits.indexOf('.');
    return digits.substring(0, point).replaceAll("(?<=\\d)(?=(\\d{3})+$)", ",");
  }

  private String digits(Object value, Layout layout) {
    int places = layout.precision() < 0 ? 6 : layout.precision();
    char type = layout.type();
    if (Operators.isInteger(value) && "diuxXo ".indexOf(type) >= 0) {
      long integer = Operators.toLong(value);
      return switch (type) {
        case 'x' -> Long.toString(integer, 16);
        case 'X' -> Long.toString(integer, 16).toUpperCase(Locale.ROOT);
        case 'o' -> Long.toString(integer, 8);
        default -> Long.toString(integer);
      };
    }
    return switch (type) {
      case ' ' -> text.str(value);
      case 'f', 'F' -> fixed(Operators.toDouble(value), places);
      case '%' -> fixed(Operators.toDouble(value) * 100, places) + "%";
      case 'e' -> "%%.%de".formatted(places).formatted(Operators.toDouble(value));
      default -> throw budget.fail("Unknown format code '%s'".formatted(type));
    };
  }

  private static String fixed(double value, int places) {
    return Double.isFinite(value)
        ? new BigDecimal(value).setScale(places, RoundingMode.HALF_EVEN).toPlainString()
        : PythonText.number(value);
  }

  private String padded(String sign, String value, Layout layout) {
    int length = sign.length() + PythonStrings.length(value);
    int missing = Math.max(0, layout.width() - length);
    budget.work(missing);
    String fill = layout.fill();
    return switch (layout.align()) {
      case "<" -> sign + value + fill.repeat(missing);
      case "^" -> fill.repeat(missing / 2) + sign + value + fill.repeat(missing - missing / 2);
      case "=" -> sign + fill.repeat(missing) + value;
      default -> fill.repeat(missing) + sign + value;
    };
  }
}
