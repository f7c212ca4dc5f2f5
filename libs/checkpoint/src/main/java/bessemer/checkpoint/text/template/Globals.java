package bessemer.checkpoint.text.template;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The functions that every template finds.
final class Globals {
  private static final long LARGEST_RANGE = 100_000;

  private final Budget budget;
  private final Operators operators;
  private final Clock clock;
  private final PythonText text;

  Globals(Budget budget, Operators operators, PythonText text, Clock clock) {
    this.budget = budget;
    this.operators = operators;
    this.text = text;
    this.clock = clock;
  }

  Scope scope() {
    var scope = new Scope(null);
    scope.set("range", (Callable) this::range);
    scope.set("dict", (Callable) this::dict);
    scope.set("namespace", (Callable) this::namespace);
    scope.set("raise_exception", (Callable) this::raise);
    scope.set("strftime_now", (Callable) this::now);
    return scope;
  }

  private Object raise(Arguments arguments) {
    throw budget.fail(text.str(arguments.bind("raise_exception", "message").required(0)));
  }

  private Object now(Arguments arguments) {
    String format = arguments.bind("strftime_now", "format").text(0);
    return PythonDates.format(budget, ZonedDateTime.now(clock), format);
  }

  private Object range(Arguments arguments) {
    Arguments.Bound bound = arguments.bind("range", "start", "stop", "step");
    bound.required(0);
    long start = bound.has(1) ? bound.integer(0, 0) : 0;
    long stop = bound.has(1) ? bound.integer(1, 0) : bound.integer(0, 0);
    long step = bound.integer(2, 1);
    if (step == 0) {
      throw budget.fail("range() arg 3 must not be zero");
    }
    List<Object> numbers = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      if (numbers.size() == LARGEST_RANGE) {
        throw budget.fail(
            "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
      }
      numbers.add(i);
      if (step > 0 ? i > Long.MAX_VALUE - step : i < Long.MIN_VALUE - step) {
        break;
      }
    }
    budget.work(numbers.size());
    return numbers;
  }

  private Map<Object, Object> dict(Arguments arguments) {
    Map<Object, Object> entries = new LinkedHashMap<>();
    if (arguments.positional().size() > 1) {
      throw budget.fail("dict expected at most 1 argument");
    }
    for (Object source : arguments.positional()) {
      if (source instanceof Map<?, ?> map) {
        budget.work(map.size());
        entries.putAll(map);
      } else {
        for (Object pair : operators.iterate(source)) {
          List<Object> sides = operators.iterate(pair);
          if (sides.size() != 2) {
            throw budget.fail(
                "dict: an element has length %d; 2 is required".formatted(sides.size()));
          }
          entries.put(operators.key(sides.get(0)), sides.get(1));
        }
      }
    }
    entries.putAll(arguments.named());
    return entries;
  }

  private Object namespace(Arguments arguments) {
    var namespace = new Namespace();
    dict(arguments).forEach((name, value) -> namespace.set(budget, text.str(name), value));
    return namespace;
  }
}
