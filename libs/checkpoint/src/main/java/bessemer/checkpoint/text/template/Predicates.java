package bessemer.checkpoint.text.template;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/// The tests after `is`, and by name in `select` and its relatives.
final class Predicates {
  private final Budget budget;
  private final Operators operators;
  private final PythonText text;

  Predicates(Budget budget, Operators operators, PythonText text) {
    this.budget = budget;
    this.operators = operators;
    this.text = text;
  }

  boolean test(String name, Object value, Arguments arguments) {
    budget.step();
    return switch (name) {
      case "eq", "==", "equalto" -> operators.equal(value, other(name, arguments));
      case "ne", "!=" -> !operators.equal(value, other(name, arguments));
      case "lt", "<", "lessthan" -> operators.ordered("<", value, other(name, arguments));
      case "le", "<=" -> operators.ordered("<=", value, other(name, arguments));
      case "gt", ">", "greaterthan" -> operators.ordered(">", value, other(name, arguments));
      case "ge", ">=" -> operators.ordered(">=", value, other(name, arguments));
      case "in" -> operators.contains(other(name, arguments), value);
      case "sameas" -> same(value, other(name, arguments));
      case "divisibleby" -> remainder(value, other(name, arguments)) == 0;
      default -> {
        arguments.bind(name);
        yield plain(name, value);
      }
    };
  }

  private static Object other(String name, Arguments arguments) {
    return arguments.bind(name, "other").required(0);
  }

  private boolean plain(String name, Object value) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value instanceof None;
      case "boolean" -> value instanceof Boolean;
      case "true" -> value.equals(true);
      case "false" -> value.equals(false);
      case "integer" -> value instanceof Long || value instanceof BigInteger;
      case "float" -> value instanceof Double;
      case "number" -> Operators.isNumber(value) || value instanceof BigInteger;
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map<?, ?>;
      case "sequence" -> isSequence(value);
      case "iterable" -> isSequence(value) || value instanceof View || value instanceof Generated;
      case "callable" -> value instanceof Callable;
      case "escaped" -> false;
      case "odd" -> remainder(value, 2L) == 1;
      case "even" -> remainder(value, 2L) == 0;
      case "lower" -> cased(value, false);
      case "upper" -> cased(value, true);
      default -> throw budget.fail("No test named '%s'.".formatted(name));
    };
  }

  private static boolean isSequence(Object value) {
    return value instanceof String
        || value instanceof List<?>
        || value instanceof Tuple
        || value instanceof Map<?, ?>
        || value instanceof Undefined;
  }

  private boolean cased(Object value, boolean upper) {
    String s = text.str(value);
    budget.work(s.length());
    return upper
        ? StringMethods.cased(s, Character::isUpperCase, Character::isLowerCase)
        : StringMethods.cased(s, Character::isLowerCase, Character::isUpperCase);
  }

  private boolean same(Object left, Object right) {
    return left.getClass() == right.getClass() && operators.equal(left, right);
  }

  private double remainder(Object value, Object divisor) {
    var arithmetic = new Arithmetic(budget, operators, new PythonFormat(budget, text));
    Object rest = arithmetic.binary("%", value, divisor);
    if (!Operators.isNumber(rest)) {
      throw budget.fail("not a number: " + PythonText.typeName(value));
    }
    return Operators.toDouble(rest);
  }
}
