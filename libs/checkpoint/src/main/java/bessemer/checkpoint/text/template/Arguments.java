package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The evaluated arguments of one call.
record Arguments(Budget budget, List<Object> positional, Map<String, Object> named) {
  private static final Object ABSENT = new Object();

  /// The arguments after the first `count` positional ones.
  Arguments after(int count) {
    int from = Math.min(count, positional.size());
    return new Arguments(budget, positional.subList(from, positional.size()), named);
  }

  /// Matches the arguments to the parameters `names` of `function`; surplus ones are an error.
  Bound bind(String function, String... names) {
    if (positional.size() > names.length) {
      throw budget.fail(
          "%s takes at most %d arguments, got %d"
              .formatted(function, names.length, positional.size()));
    }
    List<Object> values = new ArrayList<>(positional);
    while (values.size() < names.length) {
      values.add(ABSENT);
    }
    for (Map.Entry<String, Object> entry : named.entrySet()) {
      int index = Arrays.asList(names).indexOf(entry.getKey());
      if (index < 0) {
        throw budget.fail(
            "%s got an unexpected keyword argument '%s'".formatted(function, entry.getKey()));
      }
      if (index < positional.size()) {
        throw budget.fail(
            "%s got multiple values for argument '%s'".formatted(function, entry.getKey()));
      }
      values.set(index, entry.getValue());
    }
    return new Bound(budget, function, names, values);
  }

  /// Arguments by the index of their parameter.
  record Bound(Budget budget, String function, String[] names, List<Object> values) {
    boolean has(int index) {
      return values.get(index) != ABSENT;
    }

    Object get(int index, Object otherwise) {
      return has(index) ? values.get(index) : otherwise;
    }

    Object required(int index) {
      if (!has(index)) {
        throw budget.fail("%s needs its argument '%s'".formatted(function, names[index]));
      }
      return values.get(index);
    }

    String text(int index) {
      return typed(required(index), index, String.class);
    }

    String text(int index, String otherwise) {
      return typed(get(index, otherwise), index, String.class);
    }

    long integer(int index, long otherwise) {
      Object value = get(index, otherwise);
      return value instanceof Boolean b ? (b ? 1 : 0) : typed(value, index, Long.class);
    }

    private <T> T typed(Object value, int index, Class<T> type) {
      if (type.isInstance(value)) {
        return type.cast(value);
      }
      if (value instanceof Undefined undefined) {
        throw budget.fail(undefined.message());
      }
      throw budget.fail(
          "%s: argument '%s' must be %s, not %s"
              .formatted(
                  function,
                  names[index],
                  type == String.class ? "str" : "int",
                  PythonText.typeName(value)));
    }
  }
}
