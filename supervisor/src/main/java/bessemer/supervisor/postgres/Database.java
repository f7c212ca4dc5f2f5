package bessemer.supervisor.postgres;

import bessemer.supervisor.process.SupervisorException;
import java.util.Map;

/// How the services reach PostgreSQL.
///
/// @param url as JDBC writes it
public record Database(String url, String user, String password) {
  public Database {
    if (!url.startsWith("jdbc:postgresql:")) {
      throw new SupervisorException(
          "BESSEMER_DATABASE_URL is '%s', expected jdbc:postgresql://host:port/name"
              .formatted(url));
    }
  }

  public Map<String, String> environment() {
    return Map.of(
        "BESSEMER_DATABASE_URL", url,
        "BESSEMER_DATABASE_USER", user,
        "BESSEMER_DATABASE_PASSWORD", password);
  }

  @Override
  public String toString() {
    return url + " as " + user; // the password stays out of every log
  }
}
