package bessemer.checkpoint.text.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Filters that make numbers.
final class NumberFilters {
  private static final Pattern FLOAT =
      Pattern.compile("[+-]?(\\d+(_\\d+)*\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  private final Budget budget;

  NumberFilters(Budget budget) {
    this.budget = budget;
  }

  @Nullable Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "int" -> integer(value, arguments.bind(name, "default", "base"));
      case "float" -> number(value, arguments.bind(name, "default"));
      case "abs" -> {
        arguments.bind(name);
        yield absolute(value);
      }
      case "round" -> round(value, arguments.bind(name, "precision", "method"));
      default -> null;
    };
  }

  private static Object integer(Object value, Arguments.Bound bound) {
    Object otherwise = bound.get(0, 0L);
    int base = (int) Math.clamp(bound.integer(1, 10), 2, 36);
    try {
      return switch (value) {
        case String text -> Long.parseLong(digits(text.strip(), base), base);
        case Double number when Double.isFinite(number) -> (long) (double) number;
        case Object number when Operators.isInteger(number) -> Operators.toLong(number);
        case Object _ -> otherwise;
      };
    } catch (NumberFormatException _) {
      Double number = parsed((String) value);
      return number == null || !Double.isFinite(number) ? otherwise : (Object) number.longValue();
    }
  }

  private static String digits(String text, int base) {
    String digits = text.replaceAll("(?<=\\w)_(?=\\w)", "");
    String prefix = base == 16 ? "0[xX]" : base == 8 ? "0[oO]" : base == 2 ? "0[bB]" : "(?!)";
    return digits.replaceFirst("^([+-]?)" + prefix, "$1");
  }

  private static Object number(Object value, Arguments.Bound bound) {
    Object otherwise = bound.get(0, 0.0);
    if (Operators.isNumber(value)) {
      return Operators.toDouble(value);
    }
    Double parsed = value instanceof String text ? parsed(text) : null;
    return parsed != null ? parsed : otherwise;
  }

  private static @Nullable Double parsed(String text) {
    String number = text.strip();
    if (FLOAT.matcher(number).matches()) {
      return Double.parseDouble(number.replace("_", ""));
    }
    return switch (number.toLowerCase(java.util.Locale.ROOT)) {
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      case "nan", "+nan", "-nan" -> Double.NaN;
      default -> null;
    };
  }

  private Object absolute(Object value) {
    return switch (value) {
      case Double number -> Math.abs(number);
      case Object number when Operators.isInteger(number) -> Math.abs(Operators.toLong(number));
      case Undefined undefined -> throw budget.fail(undefined.message());
      case Object other ->
          throw budget.fail("bad operand type for abs(): " + PythonText.typeName(other));
    };
  }

  private Object round(Object value, Arguments.Bound bound) {
    int precision = (int) Math.clamp(bound.integer(0, 0), -400, 400);
    String method = bound.text(1, "common");
    if (!Operators.isNumber(value)) {
      throw value instanceof Undefined undefined
          ? budget.fail(undefined.message())
          : budget.fail(
              "type %s doesn't define __round__ method".formatted(PythonText.typeName(value)));
    }
    double number = Operators.toDouble(value);
    if (!Double.isFinite(number)) {
      return value;
    }
    double scale = Math.pow(10, precision);
    return switch (method) {
      case "common" -> common(value, number, precision);
      case "ceil" -> Math.ceil(number * scale) / scale;
      case "floor" -> Math.floor(number * scale) / scale;
      default -> throw budget.fail("method must be common, ceil or floor");
    };
  }

  /// Half to even on the exact value, as Python rounds; integers stay integers.
  private static Object common(Object value, double number, int precision) {
    BigDecimal exact =
        Operators.isInteger(value)
            ? BigDecimal.valueOf(Operators.toLong(value))
            : new BigDecimal(number);
    BigDecimal rounded = exact.setScale(precision, RoundingMode.HALF_EVEN);
    return Operators.isInteger(value) ? (Object) rounded.longValue() : rounded.doubleValue();
  }
}
