package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Filters over lists and dicts.
final class SequenceFilters {
  /// Reads a part of an item by its path.
  interface Picker {
    Object pick(Object item, Object path, @Nullable Object missing);
  }

  private final Budget budget;
  private final Operators operators;
  private final Picker picker;
  private final PythonText text;

  SequenceFilters(Budget budget, Operators operators, Picker picker) {
    this.budget = budget;
    this.operators = operators;
    this.picker = picker;
    this.text = new PythonText(budget);
  }

  @Nullable Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "length", "count" -> {
        arguments.bind(name);
        yield operators.length(value);
      }
      case "list" -> {
        arguments.bind(name);
        yield new ArrayList<>(operators.iterate(value));
      }
      case "first", "last" -> end(name, value, arguments);
      case "join" -> join(value, arguments.bind(name, "d", "attribute"));
      case "reverse" -> reverse(value);
      case "items" -> items(value);
      case "sort" -> sort(value, arguments.bind(name, "reverse", "case_sensitive", "attribute"));
      case "unique" -> unique(value, arguments.bind(name, "case_sensitive", "attribute"));
      case "dictsort" -> dictSort(value, arguments.bind(name, "case_sensitive", "by", "reverse"));
      case "min", "max" ->
          extreme(name, value, arguments.bind(name, "case_sensitive", "attribute"));
      case "sum" -> sum(value, arguments.bind(name, "attribute", "start"));
      case "batch" -> batch(value, arguments.bind(name, "linecount", "fill_with"));
      default -> null;
    };
  }

  private Object end(String name, Object value, Arguments arguments) {
    arguments.bind(name);
    List<Object> items = operators.iterate(value);
    if (items.isEmpty()) {
      return new Undefined("No %s item, sequence was empty.".formatted(name));
    }
    return name.equals("first") ? items.getFirst() : items.getLast();
  }

  private Object join(Object value, Arguments.Bound bound) {
    String separator = text.str(bound.get(0, ""));
    var joined = new StringBuilder();
    String between = "";
    for (Object item : picked(value, bound, 1)) {
      String part = text.str(item);
      budget.work((long) part.length() + separator.length());
      joined.append(between).append(part);
      between = separator;
    }
    return joined.toString();
  }

  private List<Object> picked(Object value, Arguments.Bound bound, int attribute) {
    List<Object> items = operators.iterate(value);
    Object path = bound.get(attribute, None.NONE);
    return path instanceof None
        ? items
        : items.stream().map(item -> picker.pick(item, path, null)).toList();
  }

  private Object reverse(Object value) {
    if (value instanceof String s) {
      return new StringBuilder(s).reverse().toString();
    }
    List<Object> reversed = new ArrayList<>(operators.iterate(value));
    Collections.reverse(reversed);
    return new Generated(reversed);
  }

  private Object items(Object value) {
    return switch (value) {
      case Undefined _ -> new Generated(List.of());
      case Map<?, ?> entries -> {
        budget.work(entries.size());
        yield new Generated(ContainerMethods.items(entries));
      }
      case Object _ -> throw budget.fail("Can only get item pairs from a mapping.");
    };
  }

  private static Object folded(Object value, boolean caseSensitive) {
    return value instanceof String s && !caseSensitive ? s.toLowerCase(Locale.ROOT) : value;
  }

  private record Keyed(Object key, Object item) {}

  private List<Keyed> keyed(Object value, Object path, boolean caseSensitive) {
    List<Object> paths = new ArrayList<>();
    if (path instanceof String s) {
      paths.addAll(PythonStrings.split(s, ",", -1));
    } else if (!(path instanceof None)) {
      paths.add(path);
    }
    List<Keyed> keyed = new ArrayList<>();
    for (Object item : operators.iterate(value)) {
      List<Object> keys = new ArrayList<>();
      for (Object part : paths) {
        keys.add(folded(picker.pick(item, part, null), caseSensitive));
      }
      Object whole = folded(item, caseSensitive);
      keyed.add(new Keyed(paths.isEmpty() ? whole : keys, item));
    }
    return keyed;
  }

  private Object sort(Object value, Arguments.Bound bound) {
    List<Keyed> keyed = keyed(value, bound.get(2, None.NONE), Operators.truth(bound.get(1, false)));
    return sorted(keyed, Operators.truth(bound.get(0, false)));
  }

  private List<Object> sorted(List<Keyed> keyed, boolean reverse) {
    Comparator<Keyed> order = (a, b) -> operators.compare(a.key(), b.key());
    try {
      keyed.sort(reverse ? order.reversed() : order);
    } catch (IllegalArgumentException _) {
      throw budget.fail("values without a consistent order cannot be sorted");
    }
    return new ArrayList<>(keyed.stream().map(Keyed::item).toList());
  }

  private Object unique(Object value, Arguments.Bound bound) {
    List<Object> seen = new ArrayList<>();
    List<Object> unique = new ArrayList<>();
    boolean caseSensitive = Operators.truth(bound.get(0, false));
    for (Keyed entry : keyed(value, bound.get(1, None.NONE), caseSensitive)) {
      if (seen.stream().noneMatch(other -> operators.equal(other, entry.key()))) {
        seen.add(entry.key());
        unique.add(entry.item());
      }
    }
    return new Generated(unique);
  }

  private Object dictSort(Object value, Arguments.Bound bound) {
    if (!(value instanceof Map<?, ?> entries)) {
      throw budget.fail("dictsort needs a mapping");
    }
    String by = bound.text(1, "key");
    if (!by.equals("key") && !by.equals("value")) {
      throw budget.fail("You can only sort by either \"key\" or \"value\"");
    }
    boolean caseSensitive = Operators.truth(bound.get(0, false));
    List<Keyed> keyed = new ArrayList<>();
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      Object key = by.equals("key") ? entry.getKey() : entry.getValue();
      keyed.add(new Keyed(folded(key, caseSensitive), Tuple.of(entry.getKey(), entry.getValue())));
    }
    return sorted(keyed, Operators.truth(bound.get(2, false)));
  }

  private Object extreme(String name, Object value, Arguments.Bound bound) {
    List<Keyed> keyed = keyed(value, bound.get(1, None.NONE), Operators.truth(bound.get(0, false)));
    if (keyed.isEmpty()) {
      return new Undefined("No aggregated item, sequence was empty.");
    }
    Keyed best = keyed.getFirst();
    for (Keyed entry : keyed) {
      int order = operators.compare(entry.key(), best.key());
      if (name.equals("min") ? order < 0 : order > 0) {
        best = entry;
      }
    }
    return best.item();
  }

  private Object sum(Object value, Arguments.Bound bound) {
    Object sum = bound.get(1, 0L);
    var arithmetic = new Arithmetic(budget, operators, new PythonFormat(budget, text));
    for (Object item : picked(value, bound, 0)) {
      sum = arithmetic.binary("+", sum, item);
    }
    return sum;
  }

  private Object batch(Object value, Arguments.Bound bound) {
    long size = bound.integer(0, 0);
    bound.required(0);
    List<Object> batches = new ArrayList<>();
    List<Object> batch = new ArrayList<>();
    for (Object item : operators.iterate(value)) {
      if (batch.size() == size) {
        batches.add(batch);
        batch = new ArrayList<>();
      }
      batch.add(item);
    }
    if (!batch.isEmpty()) {
      Object fill = bound.get(1, None.NONE);
      while (!(fill instanceof None) && batch.size() < size) {
        budget.work(1);
        batch.add(fill);
      }
      batches.add(batch);
    }
    return new Generated(batches);
  }
}
