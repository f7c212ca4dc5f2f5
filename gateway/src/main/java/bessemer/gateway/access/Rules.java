package bessemer.gateway.access;

import static bessemer.contracts.Scope.ADMIN;
import static bessemer.contracts.Scope.INFER;
import static bessemer.contracts.Scope.READ;
import static bessemer.contracts.Scope.WORKER;
import static bessemer.contracts.Scope.WRITE;
import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.HEAD;
import static org.springframework.http.HttpMethod.POST;
import static org.springframework.http.HttpMethod.PUT;

import bessemer.contracts.Scope;
import java.util.List;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/// What each call needs: the first rule that fits decides, and the last two fit everything.
final class Rules {

  /// What a visitor needs.
  sealed interface Need {
    /// Nothing at all.
    record Nobody() implements Need {}

    /// A key, whatever it allows.
    record Anybody() implements Need {}

    /// A key with one of these scopes.
    record AnyOf(Set<Scope> scopes) implements Need {}
  }

  private record Rule(Set<HttpMethod> methods, PathPattern path, Need need) {
    boolean fits(HttpMethod method, PathContainer path) {
      return (methods.isEmpty() || methods.contains(method)) && this.path.matches(path);
    }
  }

  private static final Set<HttpMethod> EVERY = Set.of();
  private static final Set<HttpMethod> LOOK = Set.of(GET, HEAD);
  private static final Need NOBODY = new Need.Nobody();
  private static final Need ANYBODY = new Need.Anybody();

  private static final List<Rule> RULES =
      List.of(
          rule(LOOK, "/health", NOBODY),
          rule(LOOK, "/login", NOBODY),
          rule(Set.of(POST), "/login", NOBODY),
          rule(LOOK, "/assets/**", NOBODY),
          rule(LOOK, "/webjars/**", NOBODY),
          rule(LOOK, "/favicon.ico", NOBODY),
          rule(Set.of(POST), "/logout", ANYBODY),
          rule(LOOK, "/openapi.json", ANYBODY),
          rule(LOOK, "/docs", ANYBODY),
          rule(EVERY, "/api/v1/keys/**", oneOf(ADMIN)),
          rule(EVERY, "/api/v1/backup/**", oneOf(ADMIN)),
          rule(LOOK, "/api/v1/workers/**", oneOf(READ)),
          rule(Set.of(PUT), "/api/v1/workers/{id}", oneOf(WORKER)),
          rule(EVERY, "/api/v1/workers/**", oneOf(ADMIN)),
          rule(LOOK, "/api/v1/models/{name}/languages", oneOf(READ, WORKER, INFER)),
          rule(LOOK, "/api/v1/models/**", oneOf(READ, WORKER)),
          rule(EVERY, "/api/v1/translate", oneOf(INFER)),
          rule(LOOK, "/v1/models/**", oneOf(READ, INFER)),
          rule(EVERY, "/v1/**", oneOf(INFER)),
          rule(LOOK, "/**", oneOf(READ)),
          rule(EVERY, "/**", oneOf(WRITE)));

  private Rules() {}

  static Need of(ServerHttpRequest request) {
    PathContainer path = request.getPath().pathWithinApplication();
    return RULES.stream()
        .filter(rule -> rule.fits(request.getMethod(), path))
        .map(Rule::need)
        .findFirst()
        .orElseThrow(() -> new AssertionError("the last rules fit everything"));
  }

  private static Rule rule(Set<HttpMethod> methods, String path, Need need) {
    return new Rule(methods, PathPatternParser.defaultInstance.parse(path), need);
  }

  private static Need oneOf(Scope... scopes) {
    return new Need.AnyOf(Set.of(scopes));
  }
}
