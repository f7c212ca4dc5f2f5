package bessemer.gateway.routes;

import bessemer.gateway.access.RefusedException;
import bessemer.gateway.access.RefusedException.Reason;
import bessemer.gateway.access.Visitor;
import bessemer.service.CallSigner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// Makes a visitor's request the gateway's own: a service sees a signature and on whose behalf it
/// is called, never a key or a cookie.
public final class SignedForwarding {
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

  private final CallSigner signer;

  public SignedForwarding(CallSigner signer) {
    this.signer = signer;
  }

  /// For a route whose every request goes to one service.
  ///
  /// @param service its name, which is the signature's audience
  public GatewayFilter to(String service) {
    return (exchange, chain) ->
        checked(service, exchange, Mono.defer(() -> chain.filter(sign(exchange, service))));
  }

  /// The exchange as a service may see it.
  ///
  /// @param service its name, which is the signature's audience
  public ServerWebExchange sign(ServerWebExchange exchange, String service) {
    String token = signer.token(service, Visitor.known(exchange).caller());
    return exchange
        .mutate()
        .request(request ->
            request.headers(headers -> {
              OURS.forEach(headers::remove);
              headers.setBearerAuth(token);
            }))
        .build();
  }

  /// Says which service is not there, instead of an error of the network. An answer that has begun
  /// just ends.
  ///
  /// @param forwarded ends when the service's answer begins
  public Mono<Void> checked(String service, ServerWebExchange exchange, Mono<Void> forwarded) {
    return forwarded
        .onErrorMap(IOException.class, failure -> down(service, failure))
        .then(
            Mono.defer(() ->
                exchange.getResponse().getStatusCode() == HttpStatus.UNAUTHORIZED
                    ? Mono.error(refused(service, exchange))
                    : Mono.empty()));
  }

  private static RefusedException down(String service, IOException failure) {
    LOG.warn("{} does not answer: {}", service, String.valueOf(failure.getMessage()));
    return new RefusedException(
        Reason.UPSTREAM_DOWN,
        "the %s does not answer; `bessemer status` shows whether it runs".formatted(service),
        Duration.ofSeconds(2));
  }

  /// The caller's key is good, or the request would not be here: so this is not the caller's
  /// matter.
  private static RefusedException refused(String service, ServerWebExchange exchange) {
    exchange.getResponse().getHeaders().remove(HttpHeaders.WWW_AUTHENTICATE);
    return new RefusedException(
        Reason.UPSTREAM_REFUSED,
        "the %s does not accept this gateway's signature; do both use the same BESSEMER_KEYS?"
            .formatted(service));
  }
}
