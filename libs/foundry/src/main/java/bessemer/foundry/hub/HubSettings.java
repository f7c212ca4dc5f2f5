package bessemer.foundry.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Where the hub is, what may be sent there, and how hard to try.
///
/// `allowedHosts` are host names, or `*.domain` for everything below a domain, that the endpoint
/// may redirect to; the endpoint's own host is always allowed. `attempts` is how often in a row one
/// file or page may fail without a byte more, `silence` how long an answer may send nothing.
public record HubSettings(
    URI endpoint,
    HubToken token,
    Set<String> allowedHosts,
    boolean offline,
    int attempts,
    Duration silence) {
  /// Hosts that huggingface.co redirects to for large files.
  public static final Set<String> DEFAULT_HOSTS =
      Set.of("huggingface.co", "*.huggingface.co", "hf.co", "*.hf.co");

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Set<String> YES = Set.of("1", "ON", "YES", "TRUE");

  public HubSettings {
    allowedHosts = Set.copyOf(allowedHosts);
    if (endpoint.getHost() == null
        || endpoint.getRawUserInfo() != null
        || endpoint.getRawQuery() != null) {
      throw new IllegalArgumentException(
          "HF_ENDPOINT must be https://host without user or query, not a " + endpoint.getScheme());
    }
    if (!"https".equals(endpoint.getScheme()) && !isLoopbackHttp(endpoint)) {
      throw new IllegalArgumentException(
          "HF_ENDPOINT must be https (http only on loopback): " + endpoint);
    }
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1, not " + attempts);
    }
    if (!silence.isPositive()) {
      throw new IllegalArgumentException("silence must be longer than none, not " + silence);
    }
  }

  /// Settings from `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE` and the token file that
  /// `huggingface-cli login` writes (`HF_TOKEN_PATH`, else `HF_HOME/token`, else below `home`).
  public static HubSettings from(Map<String, String> environment, Path home) throws IOException {
    String endpoint = environment.getOrDefault("HF_ENDPOINT", "https://huggingface.co");
    String offline = environment.getOrDefault("HF_HUB_OFFLINE", "");
    return new HubSettings(
        URI.create(endpoint.replaceAll("/+$", "")),
        token(environment, home),
        DEFAULT_HOSTS,
        YES.contains(offline.toUpperCase(Locale.ROOT)),
        6,
        Duration.ofSeconds(60));
  }

  /// Whether a request may go to `target`: https (or http between loopback addresses) to an allowed
  /// host.
  boolean allows(URI target) {
    String host = target.getHost();
    if (host == null || target.getRawUserInfo() != null) {
      return false;
    }
    boolean safe =
        "https".equals(target.getScheme()) || (isLoopbackHttp(endpoint) && isLoopbackHttp(target));
    return safe && (host.equalsIgnoreCase(endpoint.getHost()) || isListed(host));
  }

  /// Whether `target` is the endpoint itself, so that the token may go there.
  boolean isEndpoint(URI target) {
    return endpoint.getScheme().equals(target.getScheme())
        && endpoint.getHost().equalsIgnoreCase(target.getHost())
        && port(endpoint) == port(target);
  }

  /// Whether the hub is on this machine, as a mirror or a test is.
  boolean onLoopback() {
    return LOOPBACK.contains(endpoint.getHost());
  }

  private boolean isListed(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return allowedHosts.stream()
        .anyMatch(h -> h.startsWith("*.") ? name.endsWith(h.substring(1)) : name.equals(h));
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
  }

  private static boolean isLoopbackHttp(URI uri) {
    return "http".equals(uri.getScheme()) && LOOPBACK.contains(uri.getHost());
  }

  private static HubToken token(Map<String, String> environment, Path home) throws IOException {
    String given = environment.getOrDefault("HF_TOKEN", "").strip();
    if (!given.isEmpty()) {
      return new HubToken(given);
    }
    String hubHome =
        environment.getOrDefault("HF_HOME", home.resolve(".cache/huggingface").toString());
    Path file =
        Path.of(environment.getOrDefault("HF_TOKEN_PATH", Path.of(hubHome, "token").toString()));
    return Files.exists(file) ? new HubToken(Files.readString(file).strip()) : HubToken.NONE;
  }
}
