package bessemer.gateway.access;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// The difference between somebody who looks at a page and a program.
final class Browser {
  private static final String LOGIN = "/login";

  private Browser() {}

  /// Whether a page is asked for, and not a call of the API.
  static boolean wantsPage(ServerHttpRequest request) {
    String path = request.getPath().pathWithinApplication().value();
    List<MediaType> accepted = request.getHeaders().getAccept();
    return request.getMethod() == HttpMethod.GET
        && accepted.stream().anyMatch(MediaType.TEXT_HTML::equalsTypeAndSubtype)
        && !path.startsWith("/api/")
        && !path.startsWith("/v1/");
  }

  static Mono<Void> toLogin(ServerWebExchange exchange) {
    URI asked = exchange.getRequest().getURI();
    String query = asked.getRawQuery() == null ? "" : "?" + asked.getRawQuery();
    String next = URLEncoder.encode(asked.getRawPath() + query, StandardCharsets.UTF_8);
    exchange.getResponse().setStatusCode(HttpStatus.SEE_OTHER);
    exchange.getResponse().getHeaders().set(HttpHeaders.LOCATION, LOGIN + "?next=" + next);
    return exchange.getResponse().setComplete();
  }

  /// Where to go after the login: a page of ours, whatever the form says.
  static String next(@Nullable String asked) {
    return asked != null && isOurPage(asked) ? asked : "/";
  }

  private static boolean isOurPage(String path) {
    return path.startsWith("/")
        && !path.startsWith("//")
        && !path.startsWith(LOGIN)
        && path.chars().allMatch(c -> c > ' ' && c < 127 && "\\{}".indexOf(c) < 0);
  }
}
