package bessemer.service;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/// Gives each request an id that its answer, its errors and its log lines carry; the caller's own
/// is kept when it looks like one.
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class RequestIds implements WebFilter {
  public static final String HEADER = "X-Request-Id";

  private static final Pattern GOOD = Pattern.compile("[A-Za-z0-9_-]{8,64}");

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    String given = exchange.getRequest().getHeaders().getFirst(HEADER);
    String id =
        given != null && GOOD.matcher(given).matches() ? given : UUID.randomUUID().toString();
    ServerWebExchange marked =
        exchange.mutate().request(request -> request.headers(h -> h.set(HEADER, id))).build();
    marked.getResponse().getHeaders().set(HEADER, id);
    return chain.filter(marked);
  }

  /// The id of this exchange; null when it has not passed the filter. Handlers of errors see the
  /// request as it was before the filter, but the same response.
  public static @Nullable String of(ServerWebExchange exchange) {
    String id = exchange.getResponse().getHeaders().getFirst(HEADER);
    return id == null ? exchange.getRequest().getHeaders().getFirst(HEADER) : id;
  }
}
