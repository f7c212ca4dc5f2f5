package bessemer.checkpoint.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/// Values as Python prints them: `str` and `repr`.
final class PythonText {
  private final Budget budget;

  PythonText(Budget budget) {
    this.budget = budget;
  }

  String str(Object value) {
    return switch (value) {
      case String text -> text;
      case Undefined _ -> "";
      case Object other -> repr(other);
    };
  }

  String repr(Object value) {
    var out = new StringBuilder();
    repr(value, out);
    return out.toString();
  }

  private void repr(Object value, StringBuilder out) {
    budget.enter();
    switch (value) {
      case String text -> {
        budget.work(text.length());
        quote(text, out);
      }
      case None _ -> out.append("None");
      case Undefined _ -> out.append("Undefined");
      case Boolean flag -> out.append(flag ? "True" : "False");
      case Double number -> out.append(number(number));
      case Long number -> out.append(number);
      case BigInteger number -> out.append(number);
      case List<?> items -> items("[", items, "]", out);
      case Tuple(var items) -> items("(", items, items.size() == 1 ? ",)" : ")", out);
      case View(var kind, var items) -> items(kind + "([", items, "])", out);
      case Map<?, ?> entries -> entries(entries, out);
      case Namespace namespace -> {
        out.append("<Namespace ");
        entries(namespace.fields(), out);
        out.append('>');
      }
      case Object other -> out.append('<').append(typeName(other)).append(" object>");
    }
    budget.work(1);
    budget.leave();
  }

  private void items(String open, List<?> items, String close, StringBuilder out) {
    out.append(open);
    String separator = "";
    for (Object item : items) {
      out.append(separator);
      repr(item, out);
      separator = ", ";
    }
    out.append(close);
  }

  private void entries(Map<?, ?> entries, StringBuilder out) {
    out.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      out.append(separator);
      repr(entry.getKey(), out);
      out.append(": ");
      repr(entry.getValue(), out);
      separator = ", ";
    }
    out.append('}');
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case '\\' -> out.append("\\\\");
            default -> character(c, quote, out);
          }
        });
    out.append(quote);
  }

  private static void character(int c, char quote, StringBuilder out) {
    if (c == quote) {
      out.append('\\').append(quote);
    } else if (isPrintable(c)) {
      out.appendCodePoint(c);
    } else if (c < 0x100) {
      out.append("\\x%02x".formatted(c));
    } else if (c < 0x10000) {
      out.append("\\u%04x".formatted(c));
    } else {
      out.append("\\U%08x".formatted(c));
    }
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  /// The shortest text that reads back as `number`, with an exponent outside 1e-4 to 1e16.
  static String number(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = shortest(number);
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = decimal.unscaledValue().abs().toString();
    return (number < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + "e%s%02d".formatted(exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /// `Double.toString` never gives fewer than two digits, though one may do.
  private static BigDecimal shortest(double number) {
    BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    BigDecimal rounded = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
    return rounded.doubleValue() == number ? rounded.stripTrailingZeros() : decimal;
  }

  static String typeName(Object value) {
    return switch (value) {
      case String _ -> "str";
      case None _ -> "NoneType";
      case Boolean _ -> "bool";
      case Long _ -> "int";
      case BigInteger _ -> "int";
      case Double _ -> "float";
      case List<?> _ -> "list";
      case Tuple _ -> "tuple";
      case Map<?, ?> _ -> "dict";
      case View(var kind, _) -> kind;
      case Generated _ -> "generator";
      case Namespace _ -> "Namespace";
      case LoopState _ -> "LoopContext";
      case Undefined _ -> "Undefined";
      case Object _ -> "function";
    };
  }
}
