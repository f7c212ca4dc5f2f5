package bessemer.gateway.docs;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/// A schema in few words: `string`, `list of Artifact`, `integer or null`, `one of a, b`.
final class SchemaText {
  private SchemaText() {}

  static String of(Map<String, Object> schema) {
    if (schema.get("$ref") instanceof String reference) {
      return reference.substring(reference.lastIndexOf('/') + 1);
    }
    if (schema.get("enum") instanceof List<?> values) {
      return "one of " + joined(values, ", ");
    }
    if (schema.containsKey("const")) {
      return String.valueOf(schema.get("const"));
    }
    if (schema.get("oneOf") instanceof List<?> alternatives) {
      return alternatives.stream()
          .map(each -> of(OpenApi.map(each)))
          .collect(Collectors.joining(" or "));
    }
    if (schema.containsKey("items")) {
      return "list of " + of(OpenApi.map(schema.get("items")));
    }
    String type =
        schema.get("type") instanceof List<?> types
            ? joined(types, " or ")
            : Objects.toString(schema.get("type"), "value");
    Object format = schema.get("format");
    return format == null || format.equals("int64") ? type : type + " (" + format + ")";
  }

  private static String joined(List<?> values, String between) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(between));
  }
}
