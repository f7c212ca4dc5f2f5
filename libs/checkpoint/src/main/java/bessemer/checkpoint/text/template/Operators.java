package bessemer.checkpoint.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Truth, equality, order, membership, iteration and length with Python's rules.
final class Operators {
  private final Budget budget;

  Operators(Budget budget) {
    this.budget = budget;
  }

  static boolean truth(Object value) {
    return switch (value) {
      case None _ -> false;
      case Undefined _ -> false;
      case Boolean flag -> flag;
      case Long number -> number != 0;
      case Double number -> number != 0;
      case String text -> !text.isEmpty();
      case List<?> items -> !items.isEmpty();
      case Tuple(var items) -> !items.isEmpty();
      case View(_, var items) -> !items.isEmpty();
      case Map<?, ?> entries -> !entries.isEmpty();
      case Object _ -> true;
    };
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  static double toDouble(Object number) {
    return switch (number) {
      case Boolean flag -> flag ? 1 : 0;
      case Number other -> other.doubleValue();
      case Object other -> throw new IllegalArgumentException("not a number: " + other);
    };
  }

  /// A boolean counts as 0 or 1.
  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof Boolean;
  }

  static long toLong(Object integer) {
    return integer instanceof Boolean flag ? (flag ? 1 : 0) : (Long) integer;
  }

  boolean equal(Object left, Object right) {
    budget.enter();
    boolean equal =
        switch (left) {
          case String text -> text.equals(right);
          case Undefined _ -> right instanceof Undefined;
          case List<?> items -> right instanceof List<?> others && equalItems(items, others);
          case Tuple(var items) -> right instanceof Tuple(var others) && equalItems(items, others);
          case Map<?, ?> entries -> right instanceof Map<?, ?> others && equalMaps(entries, others);
          case BigInteger number -> number.equals(right);
          case Object _ when isNumber(left) && isNumber(right) -> equalNumbers(left, right);
          case Object _ -> left == right;
        };
    budget.leave();
    return equal;
  }

  private static boolean equalNumbers(Object left, Object right) {
    if (isInteger(left) && isInteger(right)) {
      return toLong(left) == toLong(right);
    }
    return toDouble(left) == toDouble(right);
  }

  private boolean equalItems(List<?> left, List<?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    Iterator<?> others = right.iterator();
    for (Object item : left) {
      if (!equal(item, others.next())) {
        return false;
      }
    }
    return true;
  }

  private boolean equalMaps(Map<?, ?> left, Map<?, ?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<?, ?> entry : left.entrySet()) {
      Object other = right.get(entry.getKey());
      if (other == null || !equal(entry.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  /// Negative, zero or positive; values of different kinds have no order.
  int compare(Object left, Object right) {
    budget.enter();
    try {
      if (isInteger(left) && isInteger(right)) {
        return Long.compare(toLong(left), toLong(right));
      }
      if (isNumber(left) && isNumber(right)) {
        return Double.compare(toDouble(left) + 0.0, toDouble(right) + 0.0);
      }
      if (left instanceof String a && right instanceof String b) {
        budget.work(Math.min(a.length(), b.length()));
        return PythonStrings.compare(a, b);
      }
      if (left instanceof List<?> a && right instanceof List<?> b) {
        return compareItems(a, b);
      }
      if (left instanceof Tuple(var a) && right instanceof Tuple(var b)) {
        return compareItems(a, b);
      }
      throw unsupported("<", left, right);
    } finally {
      budget.leave();
    }
  }

  private int compareItems(List<?> left, List<?> right) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!equal(left.get(i), right.get(i))) {
        return compare(left.get(i), right.get(i));
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  boolean ordered(String operator, Object left, Object right) {
    if (left instanceof Double a && a.isNaN() || right instanceof Double b && b.isNaN()) {
      return false;
    }
    int order = compare(left, right);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalArgumentException(operator);
    };
  }

  boolean contains(Object container, Object value) {
    if (container instanceof String text) {
      if (!(value instanceof String part)) {
        throw value instanceof Undefined undefined
            ? budget.fail(undefined.message())
            : budget.fail(
                "'in <string>' requires string as left operand, not " + PythonText.typeName(value));
      }
      budget.work(text.length());
      return text.contains(part);
    }
    if (container instanceof Map<?, ?> entries) {
      return !(value instanceof Undefined) && entries.containsKey(key(value));
    }
    for (Object item : iterate(container)) {
      if (equal(item, value)) {
        return true;
      }
    }
    return false;
  }

  /// `value` as a key of a dict. Unlike in Python, 1, 1.0 and true are three keys.
  Object key(Object value) {
    return switch (value) {
      case String _, Long _, Double _, Boolean _, None _ -> value;
      case Tuple(var items) when items.stream().noneMatch(i -> i instanceof Tuple) -> {
        items.forEach(this::key);
        yield value;
      }
      case Object other ->
          throw budget.fail("unhashable type: '%s'".formatted(PythonText.typeName(other)));
    };
  }

  /// The elements of `value`: characters, items, keys.
  @SuppressWarnings("unchecked")
  List<Object> iterate(Object value) {
    List<Object> items =
        switch (value) {
          case List<?> list -> (List<Object>) list;
          case Tuple(var list) -> list;
          case View(_, var list) -> list;
          case Generated generated -> generated.take();
          case String text -> {
            budget.work(text.length());
            yield PythonStrings.characters(text);
          }
          case Map<?, ?> entries -> new ArrayList<>(entries.keySet());
          case Undefined _ -> List.of();
          case Object other ->
              throw budget.fail(
                  "'%s' object is not iterable".formatted(PythonText.typeName(other)));
        };
    budget.work(items.size());
    return items;
  }

  long length(Object value) {
    return switch (value) {
      case String text -> PythonStrings.length(text);
      case List<?> list -> list.size();
      case Tuple(var list) -> list.size();
      case View(_, var list) -> list.size();
      case Map<?, ?> entries -> entries.size();
      case Undefined _ -> 0;
      case Object other ->
          throw budget.fail(
              "object of type '%s' has no len()".formatted(PythonText.typeName(other)));
    };
  }

  TemplateException unsupported(String operator, Object left, Object right) {
    for (Object side : List.of(left, right)) {
      if (side instanceof Undefined undefined) {
        return budget.fail(undefined.message());
      }
    }
    return budget.fail(
        "unsupported operand types for %s: '%s' and '%s'"
            .formatted(operator, PythonText.typeName(left), PythonText.typeName(right)));
  }
}
