package bessemer.service;

import bessemer.contracts.Scope;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/// Lets in what the gateway signed for this service, and nothing else. Import it into a service.
///
/// The token is checked here by the JOSE library alone: services have no users, no sessions and no
/// passwords, so that Spring Security would have nothing else to do.
@Configuration(proxyBeanMethods = false)
public class SignedCalls {
  private static final String CALLER = Caller.class.getName();

  @Bean
  WebFilter signedCallsFilter(
      @Value("${spring.application.name}") String service,
      @Value("${bessemer.keys}") Path keys,
      ApplicationContext context) {
    var filter = new Filter(service, new Current(TokenKeys.publicFile(keys)), Clock.systemUTC());
    return new ButForManagement(filter, context);
  }

  /// Spring Boot runs a service's filters on its management port too, in a context of its own whose
  /// parent is the service's; health and metrics are read there without a signature.
  @Order(Ordered.HIGHEST_PRECEDENCE + 10)
  record ButForManagement(WebFilter filter, ApplicationContext service) implements WebFilter {
    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
      ApplicationContext server = exchange.getApplicationContext();
      boolean management = server != null && server.getParent() == service;
      return management ? chain.filter(exchange) : filter.filter(exchange, chain);
    }
  }

  /// Whom the gateway speaks for in this exchange.
  ///
  /// @throws IllegalStateException if the call was not checked
  public static Caller caller(ServerWebExchange exchange) {
    Caller caller = knownCaller(exchange);
    if (caller == null) {
      throw new IllegalStateException("this service does not check its calls");
    }
    return caller;
  }

  /// Whom the gateway speaks for in this exchange; null where calls are not checked.
  public static @Nullable Caller knownCaller(ServerWebExchange exchange) {
    return exchange.getAttribute(CALLER);
  }

  /// The key of the installation, from the first moment that it is there (the gateway may start
  /// later than its services), and the new one when it changes.
  private static final class Current implements Supplier<ECPublicKey> {
    private final Path file;
    private volatile @Nullable Read last;

    private record Read(FileTime modified, ECPublicKey key) {}

    Current(Path file) {
      this.file = file;
    }

    @Override
    public ECPublicKey get() {
      try {
        FileTime modified = Files.getLastModifiedTime(file);
        Read known = last;
        if (known == null || !known.modified.equals(modified)) {
          known = new Read(modified, TokenKeys.readPublic(file));
          last = known;
        }
        return known.key;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// @param key may fail while there is none
  record Filter(String service, Supplier<ECPublicKey> key, Clock clock) implements WebFilter {
    private static final String BEARER = "Bearer ";

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
      String header = exchange.getRequest().getHeaders().getFirst("Authorization");
      if (header == null || !header.startsWith(BEARER)) {
        return refused("calls to %s come through the gateway".formatted(service));
      }
      try {
        exchange.getAttributes().put(CALLER, caller(header.substring(BEARER.length())));
      } catch (ParseException | JOSEException | IllegalArgumentException e) {
        return refused("the gateway's signature is not valid: " + e.getMessage());
      } catch (UncheckedIOException e) {
        return refused("the gateway has not made its key yet");
      }
      return chain.filter(exchange);
    }

    private Caller caller(String text) throws ParseException, JOSEException {
      SignedJWT token = SignedJWT.parse(text);
      if (!JWSAlgorithm.ES256.equals(token.getHeader().getAlgorithm())
          || !token.verify(new ECDSAVerifier(key.get()))) {
        throw new IllegalArgumentException("not signed with this installation's key");
      }
      JWTClaimsSet claims = token.getJWTClaimsSet();
      Instant now = clock.instant();
      if (!CallSigner.ISSUER.equals(claims.getIssuer())
          || !claims.getAudience().contains(service)) {
        throw new IllegalArgumentException("meant for " + claims.getAudience());
      }
      if (claims.getExpirationTime() == null
          || now.isAfter(claims.getExpirationTime().toInstant())) {
        throw new IllegalArgumentException("expired; do the clocks of the machines agree?");
      }
      return new Caller(
          claims.getSubject(),
          scopes(claims.getStringClaim("scope")),
          claims.getStringClaim("tenant"));
    }

    private static Set<Scope> scopes(String text) {
      return Arrays.stream(text.split(" "))
          .map(name -> Scope.valueOf(name.toUpperCase(Locale.ROOT)))
          .collect(Collectors.toUnmodifiableSet());
    }

    private static Mono<Void> refused(String reason) {
      return Mono.error(new ResponseStatusException(HttpStatus.UNAUTHORIZED, reason));
    }
  }
}
