package bessemer.gateway.dashboard;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A named value of a list of them.
record Fact(String name, String value) {

  /// The fields that say something; those of inner objects are named after both.
  static List<Fact> of(Map<String, ?> fields) {
    return fields.entrySet().stream()
        .filter(field -> !isNothing(field.getValue()))
        .flatMap(field ->
            field.getValue() instanceof Map<?, ?> inner
                ? inner.entrySet().stream()
                    .map(entry -> fact(field.getKey() + " of " + entry.getKey(), entry.getValue()))
                : java.util.stream.Stream.of(fact(field.getKey(), field.getValue())))
        .toList();
  }

  private static Fact fact(String name, Object value) {
    return new Fact(words(name), Objects.toString(value));
  }

  private static boolean isNothing(Object value) {
    return value == null
        || value.equals("")
        || value.equals(false)
        || (value instanceof List<?> list && list.isEmpty());
  }

  /// `group_size` and `groupSize` are both `group size`.
  private static String words(String name) {
    return name.replaceAll("([a-z])([A-Z])", "$1 $2")
        .replace('_', ' ')
        .toLowerCase(java.util.Locale.ROOT);
  }
}
