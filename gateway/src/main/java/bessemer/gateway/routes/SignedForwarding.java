package bessemer.gateway.routes;

import bessemer.gateway.access.RefusedException;
import bessemer.gateway.access.RefusedException.Reason;
import bessemer.gateway.access.Visitor;
import bessemer.service.CallSigner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// Makes a visitor's request the gateway's own: a service sees a signature and on whose behalf it
/// is called, never a key or a cookie.
final class SignedForwarding {
  private static final Logger LOG = LoggerFactory.getLogger(SignedForwarding.class);

  /// Besides `Authorization`: what is between the client and the gateway alone.
  private static final List<String> OURS =
      List.of(
          HttpHeaders.COOKIE,
          "X-CSRF-Token",
          "Forwarded",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Port",
          "X-Forwarded-Prefix",
          "X-Forwarded-Proto");

  /// Names a file of the gateway's machine: only who is on it may use that.
  private static final String LOCAL_PATH = "X-Bessemer-Local-Path";

  private final CallSigner signer;
  private final boolean behindProxy;

  /// @param behindProxy whether the other end of a connection says nothing about the client
  SignedForwarding(CallSigner signer, boolean behindProxy) {
    this.signer = signer;
    this.behindProxy = behindProxy;
  }

  /// For a route whose every request goes to one service.
  ///
  /// @param service its name, which is the signature's audience
  GatewayFilter to(String service) {
    return (exchange, chain) -> {
      RouteNames.forMetrics(exchange);
      return chain
          .filter(sign(exchange, service))
          .onErrorMap(IOException.class, failure -> down(service, failure))
          .then(Mono.defer(() -> accepted(service, exchange)));
    };
  }

  /// The exchange as a service may see it.
  ServerWebExchange sign(ServerWebExchange exchange, String service) {
    String token = signer.token(service, Visitor.known(exchange).caller());
    boolean local = isLocal(exchange.getRequest().getRemoteAddress());
    return exchange
        .mutate()
        .request(request ->
            request.headers(headers -> {
              OURS.forEach(headers::remove);
              if (!local) {
                headers.remove(LOCAL_PATH);
              }
              headers.setBearerAuth(token);
            }))
        .build();
  }

  private boolean isLocal(@Nullable InetSocketAddress client) {
    return !behindProxy && client != null && client.getAddress().isLoopbackAddress();
  }

  /// Before the service's answer goes out. The caller's key is good, or the request would not be
  /// here: so 401 is not the caller's matter.
  private static Mono<Void> accepted(String service, ServerWebExchange exchange) {
    if (exchange.getResponse().getStatusCode() != HttpStatus.UNAUTHORIZED) {
      return Mono.empty();
    }
    exchange.getResponse().getHeaders().remove(HttpHeaders.WWW_AUTHENTICATE);
    return Mono.error(
        new RefusedException(
            Reason.UPSTREAM_REFUSED,
            "the %s does not accept this gateway's signature; do both use the same BESSEMER_KEYS?"
                .formatted(service)));
  }

  private static RefusedException down(String service, IOException failure) {
    LOG.warn("{} does not answer: {}", service, String.valueOf(failure.getMessage()));
    return new RefusedException(
        Reason.UPSTREAM_DOWN,
        "the %s does not answer; `bessemer status` shows whether it runs".formatted(service),
        Duration.ofSeconds(2));
  }
}
