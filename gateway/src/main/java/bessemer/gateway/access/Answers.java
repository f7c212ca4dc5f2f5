package bessemer.gateway.access;

import bessemer.contracts.Problem;
import bessemer.gateway.access.RefusedException.Reason;
import bessemer.service.Problems;
import bessemer.service.RequestIds;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.reactive.resource.NoResourceFoundException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/// What a request gets that did not go well: problem details, OpenAI's shape of an error under
/// `/v1`, and for a browser without a session the way to the login page.
@Order(-3) // before the handler that all services share
final class Answers implements ErrorWebExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private final JsonMapper json;
  private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);

  Answers(JsonMapper json, MeterRegistry metrics) {
    this.json = json;
    for (Reason reason : Reason.values()) {
      rejected.put(
          reason,
          Counter.builder("bessemer.gateway.rejected")
              .description("Requests that the gateway did not let through")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(metrics));
    }
  }

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    if (exchange.getResponse().isCommitted()) {
      return Mono.error(failure);
    }
    RefusedException refusal = refusal(failure);
    if (refusal != null) {
      Objects.requireNonNull(rejected.get(refusal.reason())).increment();
      return refuse(exchange, refusal);
    }
    Problem problem = problem(failure, RequestIds.of(exchange));
    if (problem.status() >= 500) {
      LOG.error(
          "{} {}", exchange.getRequest().getMethod(), exchange.getRequest().getPath(), failure);
    }
    return write(exchange, problem, null);
  }

  private static @Nullable RefusedException refusal(Throwable failure) {
    return switch (failure) {
      case RefusedException refused -> refused;
      case DataBufferLimitException tooLong ->
          new RefusedException(Reason.BODY, "the body is too long: " + tooLong.getMessage());
      case DataAccessResourceFailureException _, CannotCreateTransactionException _ -> {
        LOG.warn("the database does not answer", failure);
        yield new RefusedException(
            Reason.DATABASE_DOWN, "the database does not answer", Duration.ofSeconds(2));
      }
      default -> null;
    };
  }

  private static Problem problem(Throwable failure, @Nullable String requestId) {
    boolean nowhere =
        failure instanceof NoResourceFoundException
            || (failure instanceof ResponseStatusException status
                && status.getStatusCode() == HttpStatus.NOT_FOUND
                && status.getReason() == null);
    return nowhere
        ? problem(HttpStatus.NOT_FOUND, "there is nothing at this path", requestId)
        : Problems.of(failure, requestId);
  }

  private static Problem problem(HttpStatus status, String detail, @Nullable String requestId) {
    return new Problem(
        "about:blank", status.getReasonPhrase(), status.value(), detail, null, requestId);
  }

  private Mono<Void> refuse(ServerWebExchange exchange, RefusedException refusal) {
    ServerHttpResponse response = exchange.getResponse();
    HttpHeaders headers = response.getHeaders();
    switch (refusal.reason()) {
      case UNAUTHENTICATED -> {
        if (Browser.wantsPage(exchange.getRequest())) {
          return Browser.toLogin(exchange);
        }
        headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"bessemer\"");
        headers.set("HX-Redirect", "/login"); // for pages that are open when a session ends
      }
      case HOST, PATH, FORBIDDEN, CSRF, BODY, RATE, CONCURRENCY -> {}
      case UPSTREAM_DOWN, UPSTREAM_REFUSED, DATABASE_DOWN ->
          headers.remove(HttpHeaders.TRANSFER_ENCODING);
    }
    if (refusal.retryAfter() != null) {
      long seconds = Math.max(1, refusal.retryAfter().plusMillis(999).toSeconds());
      headers.set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    }
    return write(
        exchange,
        problem(refusal.status(), refusal.detail(), RequestIds.of(exchange)),
        refusal.reason());
  }

  private Mono<Void> write(ServerWebExchange exchange, Problem problem, @Nullable Reason reason) {
    ServerHttpResponse response = exchange.getResponse();
    boolean openAi =
        exchange.getRequest().getPath().pathWithinApplication().value().startsWith("/v1/");
    response.setStatusCode(HttpStatusCode.valueOf(problem.status()));
    response
        .getHeaders()
        .setContentType(openAi ? MediaType.APPLICATION_JSON : MediaType.APPLICATION_PROBLEM_JSON);
    byte[] body = json.writeValueAsBytes(openAi ? OpenAiError.of(problem, reason) : problem);
    response.getHeaders().setContentLength(body.length);
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
  }
}
