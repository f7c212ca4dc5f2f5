package bessemer.db;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Values of `jsonb` columns.
public final class Json {
  private static final JsonMapper MAPPER = new JsonMapper();

  private Json() {}

  public static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  public static Map<String, Object> map(String text) {
    return MAPPER.readValue(text, new TypeReference<LinkedHashMap<String, Object>>() {});
  }

  public static <T> T read(String text, Class<T> type) {
    return MAPPER.readValue(text, type);
  }
}
