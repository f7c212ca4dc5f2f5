package bessemer.ops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

final class Alerts {
  private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

  private Alerts() {}

  /// The names of the alerts.
  static List<String> in(Path ops) throws IOException {
    String rules = Files.readString(ops.resolve("prometheus/alerts.yml"));
    return ALERT.matcher(rules).results().map(found -> found.group(1)).toList();
  }
}
