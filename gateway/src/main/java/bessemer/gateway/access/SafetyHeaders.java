package bessemer.gateway.access;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;

/// What browsers are told about every answer. What an answer already says stays.
final class SafetyHeaders {
  private static final String POLICY =
      """
      default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
      font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
      base-uri 'none'; frame-ancestors 'none'\
      """;

  private final Map<String, String> headers = new LinkedHashMap<>();

  /// @param tls whether browsers may be told to come back by HTTPS only
  SafetyHeaders(boolean tls) {
    headers.put("Content-Security-Policy", POLICY);
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("X-Frame-Options", "DENY");
    headers.put("Referrer-Policy", "same-origin");
    headers.put("Cross-Origin-Opener-Policy", "same-origin");
    headers.put("Cross-Origin-Resource-Policy", "same-origin");
    headers.put("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    headers.put(HttpHeaders.CACHE_CONTROL, "no-store");
    if (tls) {
      headers.put("Strict-Transport-Security", "max-age=31536000");
    }
  }

  /// Just before the answer goes out, when it has all its own headers.
  void addTo(ServerHttpResponse response) {
    response.beforeCommit(() ->
        Mono.fromRunnable(() ->
            headers.forEach((name, value) -> {
              if (!response.getHeaders().containsHeader(name)) {
                response.getHeaders().set(name, value);
              }
            })));
  }
}
