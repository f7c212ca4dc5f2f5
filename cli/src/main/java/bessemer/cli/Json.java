package bessemer.cli;

import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Records as JSON for scripts: names in snake_case, indented.
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private static final JsonMapper LINES =
      MAPPER.rebuild().disable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  /// On one line, for streams of them.
  static String line(Object value) {
    return LINES.writeValueAsString(value);
  }

  static String of(Object value) {
    return MAPPER.writeValueAsString(value);
  }
}
