package bessemer.inference.web;

import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The fields of a JSON object, read strictly: a value of another type or out of its range is
/// refused under its name. Null counts as missing.
public final class Fields {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final JsonNode object;
  private final String at;

  /// @param at the object's own path with a dot at its end, empty for the body
  /// @throws Refusal if it is no object
  public Fields(JsonNode object, String at) {
    if (!object.isObject()) {
      String name = at.isEmpty() ? "the body" : "'" + at.substring(0, at.length() - 1) + "'";
      String param = at.isEmpty() ? null : at.substring(0, at.length() - 1);
      throw new Refusal(name + " must be an object", param, "invalid_type");
    }
    this.object = object;
    this.at = at;
  }

  /// The fields of a body.
  ///
  /// @throws Refusal if it is no JSON object
  public static Fields parse(byte[] body) {
    try {
      return new Fields(JSON.readTree(body), "");
    } catch (JacksonException e) {
      throw new Refusal("the body is not JSON: " + e.getOriginalMessage(), null, "invalid_json");
    }
  }

  /// Refuses a field that is in neither set.
  ///
  /// @param ignored fields that change nothing about the answer
  public void only(Set<String> known, Set<String> ignored) {
    for (String name : object.propertyNames()) {
      if (!known.contains(name) && !ignored.contains(name)) {
        throw new Refusal("'%s' is not known".formatted(at + name), at + name, "unknown_parameter");
      }
    }
  }

  /// Refuses a field that asks for what we do not do.
  ///
  /// @param nothing whether a value asks for nothing
  public void unsupported(String name, Predicate<JsonNode> nothing, String message) {
    JsonNode value = find(name);
    if (value != null && !nothing.test(value)) {
      throw Refusal.unsupported(at + name, message);
    }
  }

  public @Nullable JsonNode find(String name) {
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  public JsonNode need(String name) {
    JsonNode value = find(name);
    if (value == null) {
      throw new Refusal("'%s' is missing".formatted(at + name), at + name, "missing_parameter");
    }
    return value;
  }

  public String text(String name) {
    return text(need(name), at + name);
  }

  public static String text(JsonNode value, String path) {
    if (!value.isString()) {
      throw type(path, "a string", value);
    }
    return value.stringValue();
  }

  public boolean flag(String name, boolean otherwise) {
    JsonNode value = find(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw type(at + name, "true or false", value);
    }
    return value.booleanValue();
  }

  public double number(String name, double least, double most, double otherwise) {
    JsonNode value = find(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw type(at + name, "a number", value);
    }
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw Refusal.value(
          at + name,
          "is %s, must be between %s and %s".formatted(value, plain(least), plain(most)));
    }
    return number;
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  /// @param otherwise when it is missing
  public long integer(String name, long least, long most, long otherwise) {
    JsonNode value = find(name);
    return value == null ? otherwise : integer(value, at + name, least, most);
  }

  public static long integer(JsonNode value, String path, long least, long most) {
    if (!value.isIntegralNumber()) {
      throw type(path, "an integer", value);
    }
    if (!value.canConvertToLong() || value.longValue() < least || value.longValue() > most) {
      throw Refusal.value(path, "is %s, must be between %d and %d".formatted(value, least, most));
    }
    return value.longValue();
  }

  public static Refusal type(String path, String expected, JsonNode value) {
    String got =
        switch (value.getNodeType()) {
          case ARRAY -> "a list";
          case OBJECT, POJO -> "an object";
          case STRING -> "a string";
          case NUMBER -> "a number";
          case BOOLEAN -> "a boolean";
          case NULL, MISSING -> "null";
          case BINARY -> "binary data";
        };
    return new Refusal(
        "'%s' must be %s, not %s".formatted(path, expected, got), path, "invalid_type");
  }
}
