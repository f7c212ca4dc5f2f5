package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.List;

/// `+ - * / // % **` with Python's rules: floored division, sequences added and repeated, text
/// formatted by `%`. Integers beyond 64 bits are an error.
final class Arithmetic {
  private final Budget budget;
  private final Operators operators;
  private final PythonFormat format;

  Arithmetic(Budget budget, Operators operators, PythonFormat format) {
    this.budget = budget;
    this.operators = operators;
    this.format = format;
  }

  Object unary(String operator, Object operand) {
    return switch (operand) {
      case Double number -> operator.equals("-") ? (Object) (-number) : operand;
      case Object number when Operators.isInteger(number) ->
          operator.equals("-")
              ? integer(() -> Math.negateExact(Operators.toLong(number)))
              : (Object) Operators.toLong(number);
      case Undefined undefined -> throw budget.fail(undefined.message());
      case Object other ->
          throw budget.fail(
              "bad operand type for unary %s: '%s'"
                  .formatted(operator, PythonText.typeName(other)));
    };
  }

  Object binary(String operator, Object left, Object right) {
    if (Operators.isInteger(left) && Operators.isInteger(right)) {
      return integers(operator, Operators.toLong(left), Operators.toLong(right));
    }
    if (Operators.isNumber(left) && Operators.isNumber(right)) {
      return floats(operator, Operators.toDouble(left), Operators.toDouble(right));
    }
    if (operator.equals("+")) {
      return add(left, right);
    }
    if (operator.equals("*") && Operators.isInteger(right)) {
      return repeat(left, Operators.toLong(right), right);
    }
    if (operator.equals("*") && Operators.isInteger(left)) {
      return repeat(right, Operators.toLong(left), left);
    }
    if (operator.equals("%") && left instanceof String text) {
      return format.percent(text, right);
    }
    throw operators.unsupported(operator, left, right);
  }

  private Object integers(String operator, long left, long right) {
    if (right == 0 && List.of("/", "//", "%").contains(operator)) {
      throw budget.fail("division by zero");
    }
    return switch (operator) {
      case "+" -> integer(() -> Math.addExact(left, right));
      case "-" -> integer(() -> Math.subtractExact(left, right));
      case "*" -> integer(() -> Math.multiplyExact(left, right));
      case "/" -> (double) left / right;
      case "//" -> integer(() -> Math.floorDivExact(left, right));
      case "%" -> Math.floorMod(left, right);
      case "**" -> right < 0 ? (Object) Math.pow(left, right) : power(left, right);
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private Object power(long base, long exponent) {
    if (base == 0 || base == 1) {
      return exponent == 0 ? 1L : (Object) base;
    }
    if (base == -1) {
      return exponent % 2 == 0 ? 1L : -1L;
    }
    return integer(() -> {
      long result = 1;
      for (long i = 0; i < exponent; i++) {
        result = Math.multiplyExact(result, base);
      }
      return result;
    });
  }

  private interface Exact {
    long compute();
  }

  private Object integer(Exact exact) {
    try {
      return exact.compute();
    } catch (ArithmeticException _) {
      throw budget.fail("integer out of range");
    }
  }

  private Object floats(String operator, double left, double right) {
    if (right == 0 && List.of("/", "//", "%").contains(operator)) {
      throw budget.fail("float division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      case "%" -> {
        double rest = left % right;
        yield rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
      }
      case "**" -> Math.pow(left, right);
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private Object add(Object left, Object right) {
    if (left instanceof String a && right instanceof String b) {
      budget.work((long) a.length() + b.length());
      return a + b;
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      return joined(a, b);
    }
    if (left instanceof Tuple(var a) && right instanceof Tuple(var b)) {
      return new Tuple(joined(a, b));
    }
    throw operators.unsupported("+", left, right);
  }

  private List<Object> joined(List<?> left, List<?> right) {
    budget.work((long) left.size() + right.size());
    List<Object> joined = new ArrayList<>(left.size() + right.size());
    joined.addAll(left);
    joined.addAll(right);
    return joined;
  }

  private Object repeat(Object value, long times, Object count) {
    int rounds = (int) Math.min(Math.max(times, 0), Integer.MAX_VALUE);
    return switch (value) {
      case String text -> {
        budget.work((long) text.length() * rounds);
        yield text.repeat(rounds);
      }
      case List<?> items -> repeated(items, rounds);
      case Tuple(var items) -> new Tuple(repeated(items, rounds));
      case Object _ -> throw operators.unsupported("*", value, count);
    };
  }

  private List<Object> repeated(List<?> items, int rounds) {
    budget.work((long) items.size() * rounds);
    List<Object> repeated = new ArrayList<>(items.size() * rounds);
    for (int i = 0; i < rounds && !items.isEmpty(); i++) {
      repeated.addAll(items);
    }
    return repeated;
  }
}
