package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The filters by name. Those that take another filter or a test live here.
final class Filters {
  private final Budget budget;
  private final Operators operators;
  private final Subscripts subscripts;
  private final Predicates predicates;
  private final TextFilters texts;
  private final NumberFilters numbers;
  private final SequenceFilters sequences;

  Filters(
      Budget budget,
      Operators operators,
      Subscripts subscripts,
      PythonText text,
      PythonFormat format) {
    this.budget = budget;
    this.operators = operators;
    this.subscripts = subscripts;
    this.predicates = new Predicates(budget, operators, text);
    this.texts = new TextFilters(budget, operators, text, format);
    this.numbers = new NumberFilters(budget);
    this.sequences = new SequenceFilters(budget, operators, this::pick);
  }

  Predicates predicates() {
    return predicates;
  }

  Object apply(String name, Object value, Arguments arguments) {
    budget.step();
    if (value instanceof String text) {
      budget.work(text.length());
    }
    return switch (name) {
      case "map" -> map(value, arguments);
      case "select" -> select(value, arguments, true, false);
      case "reject" -> select(value, arguments, false, false);
      case "selectattr" -> select(value, arguments, true, true);
      case "rejectattr" -> select(value, arguments, false, true);
      case "default", "d" -> otherwise(value, arguments);
      default -> {
        Object result = texts.apply(name, value, arguments);
        result = result != null ? result : numbers.apply(name, value, arguments);
        result = result != null ? result : sequences.apply(name, value, arguments);
        if (result == null) {
          throw budget.fail("No filter named '%s'.".formatted(name));
        }
        yield result;
      }
    };
  }

  private static Object otherwise(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("default", "default_value", "boolean");
    boolean replace =
        value instanceof Undefined
            || (Operators.truth(bound.get(1, false)) && !Operators.truth(value));
    return replace ? bound.get(0, "") : value;
  }

  private Object map(Object value, Arguments arguments) {
    List<Object> mapped = new ArrayList<>();
    if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
      Object attribute = arguments.named().get("attribute");
      Object missing = arguments.named().get("default");
      for (Object item : operators.iterate(value)) {
        mapped.add(pick(item, attribute, missing));
      }
      return new Generated(mapped);
    }
    String name = name(arguments, "map requires a filter argument");
    for (Object item : operators.iterate(value)) {
      mapped.add(apply(name, item, arguments.after(1)));
    }
    return new Generated(mapped);
  }

  private Object select(Object value, Arguments arguments, boolean wanted, boolean attribute) {
    Arguments rest = attribute ? arguments.after(1) : arguments;
    if (attribute && arguments.positional().isEmpty()) {
      throw budget.fail("Missing parameter for attribute name");
    }
    List<Object> selected = new ArrayList<>();
    for (Object item : operators.iterate(value)) {
      Object tested = attribute ? pick(item, arguments.positional().getFirst(), null) : item;
      boolean holds =
          rest.positional().isEmpty()
              ? Operators.truth(tested)
              : predicates.test(name(rest, ""), tested, rest.after(1));
      if (holds == wanted) {
        selected.add(item);
      }
    }
    return new Generated(selected);
  }

  private String name(Arguments arguments, String missing) {
    if (!arguments.positional().isEmpty()
        && arguments.positional().getFirst() instanceof String name) {
      return name;
    }
    throw budget.fail(missing.isEmpty() ? "a test's name must be text" : missing);
  }

  /// The part of `item` that a path such as `function.name` or `0.role` names.
  private Object pick(Object item, Object path, @Nullable Object missing) {
    Object value = item;
    List<Object> parts =
        path instanceof String text ? PythonStrings.split(text, ".", -1) : List.of(path);
    for (Object part : parts) {
      boolean index = part instanceof String s && s.matches("[0-9]{1,9}");
      value = subscripts.item(value, index ? Long.parseLong((String) part) : part);
      if (missing != null && value instanceof Undefined) {
        value = missing;
      }
    }
    return value;
  }
}
