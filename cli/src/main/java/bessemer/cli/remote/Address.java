package bessemer.cli.remote;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Where the gateway is and the key that it is asked with.
///
/// @param fingerprint SHA-256 of the only certificate that is trusted, 64 lower-case hexadecimal
///   digits; null trusts what Java trusts
/// @param own whether it is the cluster of this installation, on this machine, of this user
public record Address(URI url, String key, @Nullable String fingerprint, boolean own) {
  private static final String CLUSTER = "cluster.json";
  private static final String KEY = "admin.key";
  private static final Set<String> ENDED = Set.of("STOPPED", "FAILED");

  /// `BESSEMER_URL`, `BESSEMER_KEY` and `BESSEMER_FINGERPRINT`, else what `up` wrote down.
  ///
  /// @param home of this installation
  /// @throws GatewayException if no cluster is known, or no key for it
  public static Address find(Map<String, String> environment, Path home) throws IOException {
    String key = environment.getOrDefault("BESSEMER_KEY", "").strip();
    String url = environment.getOrDefault("BESSEMER_URL", "").strip();
    String pinned = fingerprint(environment.getOrDefault("BESSEMER_FINGERPRINT", ""));
    if (url.isEmpty()) {
      JsonNode cluster = cluster(home);
      if (ENDED.contains(cluster.path("phase").asString(""))) {
        throw GatewayException.nobody(notRunning()); // another may listen at that address by now
      }
      URI own = uri(cluster.path("url").asString(""), home.resolve(CLUSTER).toString());
      String written = fingerprint(cluster.path("fingerprint").asString(""));
      return new Address(
          own, key.isEmpty() ? ownKey(home) : key, pinned == null ? written : pinned, true);
    }
    if (key.isEmpty()) { // a key of this installation is sent to nobody else
      throw GatewayException.nobody(
          "BESSEMER_URL is set and BESSEMER_KEY is not: set it to a key of " + url);
    }
    return new Address(uri(url, "BESSEMER_URL"), key, pinned, false);
  }

  private static JsonNode cluster(Path home) throws IOException {
    Path file = home.resolve(CLUSTER);
    if (!Files.isRegularFile(file)) {
      throw GatewayException.nobody(notRunning());
    }
    try {
      return JsonMapper.shared().readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new IOException(file + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  static String notRunning() {
    return "Bessemer is not running: ./bessemer up (or add --local)";
  }

  private static String ownKey(Path home) throws IOException {
    Path file = home.resolve(KEY);
    if (!Files.isRegularFile(file)) {
      throw GatewayException.nobody(
          "there is no key: %s is missing and BESSEMER_KEY is not set".formatted(file));
    }
    return Files.readString(file).strip();
  }

  private static URI uri(String text, String where) {
    try {
      URI uri = new URI(text.replaceFirst("/+$", ""));
      boolean speaks = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (speaks && uri.getHost() != null && uri.getRawQuery() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // falls through to the message, which says more than the parser's
    }
    throw GatewayException.nobody(
        "%s: '%s' is no address of a gateway, such as http://127.0.0.1:8080"
            .formatted(where, text));
  }

  private static @Nullable String fingerprint(String text) {
    String digits = text.replace(":", "").strip().toLowerCase(Locale.ROOT);
    if (digits.isEmpty()) {
      return null;
    }
    if (!digits.matches("[0-9a-f]{64}")) {
      throw GatewayException.nobody(
          "a certificate's fingerprint is its SHA-256, 64 hexadecimal digits; '%s' is not"
              .formatted(text));
    }
    return digits;
  }

  /// A record's own text would show the key.
  @Override
  public String toString() {
    return url.toString();
  }
}
