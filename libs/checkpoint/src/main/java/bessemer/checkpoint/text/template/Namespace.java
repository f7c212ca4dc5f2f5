package bessemer.checkpoint.text.template;

import java.util.LinkedHashMap;
import java.util.Map;

/// The one object that templates may change: `namespace(found=false)`.
final class Namespace {
  private final Map<String, Object> fields = new LinkedHashMap<>();

  Map<String, Object> fields() {
    return fields;
  }

  void set(Budget budget, String name, Object value) {
    if (name.startsWith("_")) {
      throw budget.fail(
          "a namespace stores no names that begin with an underscore: '%s'".formatted(name));
    }
    fields.put(name, value);
  }
}
