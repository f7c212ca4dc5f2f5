package bessemer.supervisor;

import bessemer.supervisor.postgres.Database;
import bessemer.supervisor.process.SupervisorException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/// What an administrator set: `BESSEMER_…` in the environment or in `bessemer.properties` under the
/// home directory; the environment wins.
///
/// @param values by name
public record Settings(Map<String, String> values) {
  private static final String PREFIX = "BESSEMER_";

  public Settings {
    values = Map.copyOf(values);
  }

  public static Settings read(Map<String, String> environment, Path file) throws IOException {
    Map<String, String> values = new HashMap<>();
    if (Files.exists(file)) {
      var properties = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      }
      for (String name : properties.stringPropertyNames()) {
        if (!name.startsWith(PREFIX)) {
          throw new SupervisorException(
              "%s: %s is no setting: names start with %s".formatted(file, name, PREFIX));
        }
        values.put(name, properties.getProperty(name).strip());
      }
    }
    environment.forEach((name, value) -> {
      if (name.startsWith(PREFIX)) {
        values.put(name, value);
      }
    });
    return new Settings(values);
  }

  public Optional<String> get(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isBlank());
  }

  /// The database that somebody else runs, when one is named.
  public Optional<Database> externalDatabase() {
    return get("BESSEMER_DATABASE_URL")
        .map(url ->
            new Database(
                url,
                get("BESSEMER_DATABASE_USER").orElse("bessemer"),
                get("BESSEMER_DATABASE_PASSWORD").orElse("")));
  }
}
