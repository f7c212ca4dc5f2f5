package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `object.name`, `object[index]` and slices. A missing part is [Undefined]; methods are a closed
/// list per type, so nothing of the host is in reach.
final class Subscripts {
  private final Budget budget;
  private final Operators operators;
  private final StringMethods strings;
  private final ContainerMethods containers;

  Subscripts(Budget budget, Operators operators, PythonText text, PythonFormat format) {
    this.budget = budget;
    this.operators = operators;
    this.strings = new StringMethods(budget, operators, text, format);
    this.containers = new ContainerMethods(budget, operators);
  }

  /// The attribute, else the item of that name, as a dot does.
  Object attribute(Object object, String name) {
    Object attribute = member(object, name);
    if (attribute == null && object instanceof Map<?, ?> entries) {
      attribute = entries.get(name);
    }
    return attribute != null ? attribute : missing(object, name);
  }

  /// The item, else the attribute of that name, as brackets do.
  Object item(Object object, Object index) {
    Object item = element(object, index);
    if (item == null && index instanceof String name) {
      item = member(object, name);
    }
    return item != null ? item : missing(object, index);
  }

  private @Nullable Object member(Object object, String name) {
    return switch (object) {
      case Undefined undefined -> throw budget.fail(undefined.message());
      case String text -> strings.find(text, name);
      case List<?> list -> containers.ofList(list, name);
      case Tuple(var list) -> containers.ofTuple(list, name);
      case Map<?, ?> entries -> containers.ofDict(entries, name);
      case Namespace namespace -> namespace.fields().get(name);
      case LoopState loop -> loop.attribute(name);
      case Object _ -> null;
    };
  }

  private @Nullable Object element(Object object, Object index) {
    return switch (object) {
      case Undefined undefined -> throw budget.fail(undefined.message());
      case Map<?, ?> entries when isKey(index) -> entries.get(operators.key(index));
      case List<?> list when Operators.isInteger(index) -> at(list, Operators.toLong(index));
      case Tuple(var list) when Operators.isInteger(index) -> at(list, Operators.toLong(index));
      case String text when Operators.isInteger(index) ->
          at(operators.iterate(text), Operators.toLong(index));
      case Object _ -> null;
    };
  }

  private static boolean isKey(Object value) {
    return switch (value) {
      case String _, Long _, Double _, Boolean _, None _ -> true;
      case Object _ -> false;
    };
  }

  private static @Nullable Object at(List<?> list, long index) {
    long at = index < 0 ? index + list.size() : index;
    return at >= 0 && at < list.size() ? list.get((int) at) : null;
  }

  private Object missing(Object object, Object name) {
    if (name instanceof String s && s.startsWith("__")) {
      return ContainerMethods.unsafe(s, PythonText.typeName(object));
    }
    String type = object instanceof None ? "None" : PythonText.typeName(object) + " object";
    return name instanceof String
        ? new Undefined("'%s' has no attribute '%s'".formatted(type, name))
        : new Undefined("%s has no element %s".formatted(type, new PythonText(budget).repr(name)));
  }

  /// `sequence[start:stop:step]`; [None] stands for a missing part.
  Object slice(Object sequence, Object start, Object stop, Object step) {
    return switch (sequence) {
      case String text ->
          String.join("", texts(sliced(operators.iterate(text), start, stop, step)));
      case List<?> list -> sliced(list, start, stop, step);
      case Tuple(var list) -> new Tuple(sliced(list, start, stop, step));
      case Undefined undefined -> throw budget.fail(undefined.message());
      case Object other ->
          new Undefined("%s object has no element slice".formatted(PythonText.typeName(other)));
    };
  }

  private static List<String> texts(List<Object> characters) {
    return characters.stream().map(String.class::cast).toList();
  }

  private List<Object> sliced(List<?> list, Object start, Object stop, Object step) {
    long by = bound(step, 1);
    if (by == 0) {
      throw budget.fail("slice step cannot be zero");
    }
    int size = list.size();
    long low = by > 0 ? 0 : -1;
    long high = by > 0 ? size : size - 1;
    long from = clamp(start, by > 0 ? low : high, low, high, size);
    long to = clamp(stop, by > 0 ? high : low, low, high, size);
    List<Object> items = new ArrayList<>();
    for (long i = from; by > 0 ? i < to : i > to; i += by) {
      items.add(list.get((int) i));
      if (Math.abs(by) > size) {
        break;
      }
    }
    budget.work(items.size());
    return items;
  }

  private long clamp(Object bound, long missing, long low, long high, int size) {
    if (bound instanceof None) {
      return missing;
    }
    long at = bound(bound, 0);
    at = at < 0 ? Math.max(at + size, low) : Math.min(at, high);
    return Math.max(at, low);
  }

  private long bound(Object value, long missing) {
    if (value instanceof None) {
      return missing;
    }
    if (!Operators.isInteger(value)) {
      throw value instanceof Undefined undefined
          ? budget.fail(undefined.message())
          : budget.fail("slice indices must be integers or None");
    }
    return Operators.toLong(value);
  }
}
