package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Methods of lists, tuples and dicts that leave them as they are; the others exist, but fail.
final class ContainerMethods {
  private static final Set<String> CHANGES_LIST =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
  private static final Set<String> CHANGES_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");

  private final Budget budget;
  private final Operators operators;

  ContainerMethods(Budget budget, Operators operators) {
    this.budget = budget;
    this.operators = operators;
  }

  @Nullable Object ofList(List<?> list, String name) {
    if (CHANGES_LIST.contains(name)) {
      return unsafe(name, "list");
    }
    if (name.equals("copy")) {
      return (Callable) _ -> new ArrayList<Object>(list);
    }
    return ofTuple(list, name);
  }

  @Nullable Object ofTuple(List<?> list, String name) {
    return switch (name) {
      case "index" -> (Callable) arguments -> index(list, arguments);
      case "count" ->
          (Callable)
              arguments -> {
                Object value = arguments.bind("count", "value").required(0);
                return list.stream().filter(item -> operators.equal(item, value)).count();
              };
      default -> null;
    };
  }

  private Object index(List<?> list, Arguments arguments) {
    Object value = arguments.bind("index", "value").required(0);
    for (int i = 0; i < list.size(); i++) {
      if (operators.equal(list.get(i), value)) {
        return (long) i;
      }
    }
    throw budget.fail("list.index(x): x not in list");
  }

  @Nullable Object ofDict(Map<?, ?> entries, String name) {
    if (CHANGES_DICT.contains(name)) {
      return unsafe(name, "dict");
    }
    return switch (name) {
      case "items" -> (Callable) a -> view(a, "dict_items", items(entries));
      case "keys" -> (Callable) a -> view(a, "dict_keys", new ArrayList<>(entries.keySet()));
      case "values" -> (Callable) a -> view(a, "dict_values", new ArrayList<>(entries.values()));
      case "copy" -> (Callable) _ -> new LinkedHashMap<Object, Object>(entries);
      case "get" -> (Callable) arguments -> get(entries, arguments);
      default -> null;
    };
  }

  private View view(Arguments arguments, String kind, List<Object> items) {
    arguments.bind(kind.substring("dict_".length()));
    budget.work(items.size());
    return new View(kind, items);
  }

  static List<Object> items(Map<?, ?> entries) {
    List<Object> items = new ArrayList<>(entries.size());
    entries.forEach((key, value) -> items.add(Tuple.of(key, value)));
    return items;
  }

  private Object get(Map<?, ?> entries, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("get", "key", "default");
    Object key = bound.required(0);
    Object value = key instanceof Undefined ? null : entries.get(operators.key(key));
    return value != null ? value : bound.get(1, None.NONE);
  }

  static Undefined unsafe(String name, String type) {
    return new Undefined(
        "access to attribute '%s' of '%s' object is unsafe.".formatted(name, type));
  }
}
