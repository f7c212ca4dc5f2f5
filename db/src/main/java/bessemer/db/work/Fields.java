package bessemer.db.work;

import bessemer.db.Json;
import java.util.Map;

/// Records as the data of events.
final class Fields {
  private Fields() {}

  static Map<String, Object> of(Object value) {
    return Json.map(Json.text(value));
  }
}
