package bessemer.gateway.access;

import bessemer.contracts.Scope;
import bessemer.db.access.Sessions;
import bessemer.gateway.Settings;
import bessemer.gateway.access.RefusedException.Reason;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Controller;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// Changes a key for a session, and ends the session. The cookie is not the key: it ends by itself
/// and can be taken back.
@Controller
final class LoginPages {
  private final Visitors visitors;
  private final Sessions sessions;
  private final Settings settings;
  private final Scheduler blocking =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor());

  LoginPages(Visitors visitors, Sessions sessions, Settings settings) {
    this.visitors = visitors;
    this.sessions = sessions;
    this.settings = settings;
  }

  @GetMapping("/login")
  Rendering page(@RequestParam(required = false) @Nullable String next) {
    return page(HttpStatus.OK, next, null);
  }

  /// The key comes in the body, never in the address.
  @PostMapping("/login")
  Mono<Rendering> login(ServerWebExchange exchange) {
    checkOrigin(exchange);
    return exchange.getFormData().flatMap(form -> login(exchange, form));
  }

  private Mono<Rendering> login(ServerWebExchange exchange, MultiValueMap<String, String> form) {
    String key = form.getFirst("key");
    String next = form.getFirst("next");
    return visitors
        .withKey(key == null ? "" : key.strip())
        .publishOn(blocking)
        .map(visitor -> {
          if (!visitor.may(Scope.READ)) {
            return page(HttpStatus.FORBIDDEN, next, "This key lacks the scope read.");
          }
          Sessions.Opened opened = sessions.open(visitor.caller().keyId());
          exchange.getResponse().addCookie(cookie(opened.cookie(), Sessions.LIFETIME));
          return seeOther(Browser.next(next));
        })
        .switchIfEmpty(
            Mono.fromSupplier(() ->
                page(HttpStatus.UNAUTHORIZED, next, "This key is unknown, expired or revoked.")));
  }

  @PostMapping("/logout")
  Rendering logout(ServerWebExchange exchange) {
    var cookie = exchange.getRequest().getCookies().getFirst(Visitors.COOKIE);
    if (cookie != null) {
      sessions.close(cookie.getValue());
      visitors.forget();
    }
    exchange.getResponse().addCookie(cookie("", Duration.ZERO));
    return seeOther("/login");
  }

  /// Another site's form must not log somebody in under a key of its choice.
  private static void checkOrigin(ServerWebExchange exchange) {
    String origin = exchange.getRequest().getHeaders().getOrigin();
    String host = exchange.getRequest().getHeaders().getFirst("Host");
    if (origin != null && !origin.replaceFirst("^https?://", "").equalsIgnoreCase(host)) {
      throw new RefusedException(
          Reason.CSRF, "the form came from %s, not from this gateway".formatted(origin));
    }
  }

  private ResponseCookie cookie(String value, Duration age) {
    return ResponseCookie.from(Visitors.COOKIE, value)
        .httpOnly(true)
        .secure(settings.tls().enabled())
        .sameSite("Strict")
        .path("/")
        .maxAge(age)
        .build();
  }

  private static Rendering page(HttpStatus status, @Nullable String next, @Nullable String error) {
    return Rendering.view("login")
        .status(status)
        .modelAttribute("next", Browser.next(next))
        .modelAttribute("error", error == null ? "" : error)
        .build();
  }

  private static Rendering seeOther(String path) {
    return Rendering.redirectTo(path)
        .status(HttpStatus.SEE_OTHER)
        .contextRelative(false)
        .propagateQuery(false)
        .build();
  }
}
