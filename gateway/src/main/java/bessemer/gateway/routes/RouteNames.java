package bessemer.gateway.routes;

import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;
import org.springframework.web.server.ServerWebExchange;

/// What routed requests are called in the metrics.
public final class RouteNames {
  private RouteNames() {}

  /// The route's pattern, or all routed requests would count as one unknown address.
  public static void forMetrics(ServerWebExchange exchange) {
    String pattern =
        exchange.getAttribute(ServerWebExchangeUtils.GATEWAY_PREDICATE_MATCHED_PATH_ATTR);
    ServerRequestObservationContext.findCurrent(exchange.getAttributes())
        .ifPresent(context -> context.setPathPattern(pattern));
  }
}
