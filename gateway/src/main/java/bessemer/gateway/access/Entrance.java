package bessemer.gateway.access;

import bessemer.contracts.Scope;
import bessemer.gateway.access.RefusedException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/// The one door: every request passes here, before any page, call or route.
@Order(Ordered.HIGHEST_PRECEDENCE + 20)
final class Entrance implements WebFilter {
  private static final String CSRF_HEADER = "X-CSRF-Token";
  private static final String CSRF_FIELD = "csrf";
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE);

  private final ApplicationContext gateway;
  private final SafetyHeaders headers;
  private final Hosts hosts;
  private final Bodies bodies;
  private final Visitors visitors;
  private final Rates rates;

  Entrance(
      ApplicationContext gateway,
      SafetyHeaders headers,
      Hosts hosts,
      Bodies bodies,
      Visitors visitors,
      Rates rates) {
    this.gateway = gateway;
    this.headers = headers;
    this.hosts = hosts;
    this.bodies = bodies;
    this.visitors = visitors;
    this.rates = rates;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    if (exchange.getApplicationContext() != gateway) {
      return chain.filter(exchange); // the management port, which has a context of its own
    }
    headers.addTo(exchange.getResponse());
    ServerHttpRequest request = exchange.getRequest();
    return Mono.defer(() -> {
      hosts.check(request.getHeaders().getFirst("Host"));
      Paths.check(request.getURI().getRawPath());
      ServerWebExchange bounded = bodies.bound(exchange);
      return switch (Rules.of(request)) {
        case Rules.Need.Nobody _ -> chain.filter(bounded);
        case Rules.Need.Anybody _ -> letIn(bounded, Set.of(), chain);
        case Rules.Need.AnyOf(var scopes) -> letIn(bounded, scopes, chain);
      };
    });
  }

  /// @param scopes one of which is needed; empty when every key will do
  private Mono<Void> letIn(ServerWebExchange exchange, Set<Scope> scopes, WebFilterChain chain) {
    return visitors
        .of(exchange.getRequest())
        .switchIfEmpty(
            Mono.error(() ->
                new RefusedException(
                    Reason.UNAUTHENTICATED,
                    "this needs an API key: Authorization: Bearer bsm_...; the one that came"
                        + " is missing, unknown, expired or revoked")))
        .flatMap(visitor -> {
          if (!scopes.isEmpty() && scopes.stream().noneMatch(visitor::may)) {
            throw new RefusedException(
                Reason.FORBIDDEN,
                "this needs a key with the scope %s, the one that came has %s"
                    .formatted(names(scopes, " or "), names(visitor.caller().scopes(), ", ")));
          }
          return checkForm(exchange, visitor)
              .then(
                  Mono.defer(() -> {
                    visitor.enter(exchange);
                    return rates.within(visitor.caller().keyId(), chain.filter(exchange));
                  }));
        });
  }

  /// With a cookie, whatever changes something must repeat the session's token: another site's page
  /// can make a browser send the cookie, and cannot read the token.
  private static Mono<Void> checkForm(ServerWebExchange exchange, Visitor visitor) {
    ServerHttpRequest request = exchange.getRequest();
    String expected = visitor.csrf();
    if (expected == null || SAFE.contains(request.getMethod())) {
      return Mono.empty();
    }
    String header = request.getHeaders().getFirst(CSRF_HEADER);
    boolean form =
        header == null
            && MediaType.APPLICATION_FORM_URLENCODED.isCompatibleWith(
                request.getHeaders().getContentType());
    Mono<String> given =
        form
            ? exchange.getFormData().mapNotNull(fields -> fields.getFirst(CSRF_FIELD))
            : Mono.justOrEmpty(header);
    return given
        .filter(token -> same(expected, token))
        .switchIfEmpty(Mono.error(() -> csrfMissing(header)))
        .then();
  }

  private static RefusedException csrfMissing(@Nullable String header) {
    return new RefusedException(
        Reason.CSRF,
        (header == null ? "the session's token is missing or wrong" : "the token is wrong")
            + "; send it as header X-CSRF-Token or as form field csrf, or reload the page");
  }

  private static boolean same(String expected, String given) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }

  private static String names(Set<Scope> scopes, String between) {
    return scopes.stream()
        .map(scope -> scope.name().toLowerCase(Locale.ROOT))
        .sorted()
        .collect(Collectors.joining(between));
  }
}
