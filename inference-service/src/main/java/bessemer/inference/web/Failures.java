package bessemer.inference.web;

import bessemer.contracts.Problem;
import bessemer.inference.serving.ServingException;
import bessemer.inference.serving.ServingException.GenerationFailed;
import bessemer.inference.serving.ServingException.LoadFailed;
import bessemer.inference.serving.ServingException.MemoryBusy;
import bessemer.inference.serving.ServingException.QueueFull;
import bessemer.inference.serving.ServingException.RejectedModel;
import bessemer.inference.serving.ServingException.Stopping;
import bessemer.inference.serving.ServingException.TooLarge;
import bessemer.inference.serving.ServingException.UnknownModel;
import bessemer.inference.serving.ServingException.WrongKind;
import bessemer.inference.store.CatalogueException;
import bessemer.service.RequestIds;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// Turns whatever a request ends with into OpenAI's error, under `/api` into a problem document
/// (RFC 9457). It never shows a stack trace: that goes to the log, under the request's id.
public final class Failures implements ErrorWebExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
  private static final String INTERNAL = "internal_error";
  private static final int MEMORY_RETRY = 5; // seconds
  private static final int RESTART_RETRY = 10; // seconds

  /// An error with its status.
  ///
  /// @param retryAfter seconds
  public record Answer(int status, OpenAiFailure.Error error, OptionalInt retryAfter) {
    private Answer(int status, String type, Throwable cause, String code) {
      this(status, new OpenAiFailure.Error(words(cause), type, null, code), OptionalInt.empty());
    }

    private Answer param(String name) {
      var named = new OpenAiFailure.Error(error.message(), error.type(), name, error.code());
      return new Answer(status, named, retryAfter);
    }

    public OpenAiFailure openAi() {
      return new OpenAiFailure(error);
    }

    public Problem problem(@Nullable String requestId) {
      HttpStatus known = HttpStatus.resolve(status);
      String title = known == null ? "Error" : known.getReasonPhrase();
      return new Problem("about:blank", title, status, error.message(), error.param(), requestId);
    }

    private Answer retry(int seconds) {
      return new Answer(status, error, OptionalInt.of(seconds));
    }
  }

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    ServerHttpResponse response = exchange.getResponse();
    if (response.isCommitted()) {
      return Mono.error(failure);
    }
    Answer answer = of(failure);
    log(exchange, answer, failure);
    response.setStatusCode(HttpStatusCode.valueOf(answer.status));
    boolean api = exchange.getRequest().getPath().value().startsWith("/api/");
    response
        .getHeaders()
        .setContentType(api ? MediaType.APPLICATION_PROBLEM_JSON : MediaType.APPLICATION_JSON);
    answer.retryAfter.ifPresent(
        seconds -> response.getHeaders().set("Retry-After", Integer.toString(seconds)));
    byte[] body = Wire.bytes(api ? answer.problem(RequestIds.of(exchange)) : answer.openAi());
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
  }

  /// Errors of ours with all we know; what is busy, stopping or not loadable in one line.
  static void log(ServerWebExchange exchange, Answer answer, Throwable failure) {
    String id = String.valueOf(RequestIds.of(exchange));
    try (var _ = MDC.putCloseable("request", id)) {
      if (INTERNAL.equals(answer.error.code())) {
        LOG.error("{} failed", exchange.getRequest().getPath(), failure);
      } else if (answer.status >= 500) {
        LOG.warn("answered {}: {}", answer.status, answer.error.message());
      }
    }
  }

  /// What went wrong, in the words for the caller.
  public static Answer of(Throwable failure) {
    return switch (failure) {
      case Refusal e -> {
        var error = new OpenAiFailure.Error(words(e), "invalid_request_error", e.param(), e.code());
        yield new Answer(400, error, OptionalInt.empty());
      }
      case ServingException e -> of(e);
      case CatalogueException e ->
          new Answer(503, "server_error", e, "catalogue_unavailable").retry(MEMORY_RETRY);
      case DataBufferLimitException e ->
          new Answer(413, "invalid_request_error", e, "body_too_large");
      case ErrorResponse e -> of(e);
      default ->
          new Answer(
              500,
              new OpenAiFailure.Error(
                  "an error of ours; the log has it under this request's id",
                  "server_error",
                  null,
                  INTERNAL),
              OptionalInt.empty());
    };
  }

  private static Answer of(ServingException failure) {
    return switch (failure) {
      case UnknownModel e ->
          new Answer(404, "invalid_request_error", e, "model_not_found").param("model");
      case RejectedModel e ->
          new Answer(403, "invalid_request_error", e, "model_rejected").param("model");
      case WrongKind e ->
          new Answer(400, "invalid_request_error", e, "wrong_kind_of_model").param("model");
      case TooLarge e -> new Answer(507, "server_error", e, "model_too_large").param("model");
      case MemoryBusy e -> new Answer(503, "server_error", e, "memory_busy").retry(MEMORY_RETRY);
      case QueueFull e ->
          new Answer(429, "rate_limit_error", e, "queue_full").retry(e.retryAfterSeconds());
      case Stopping e -> new Answer(503, "server_error", e, "shutting_down").retry(RESTART_RETRY);
      case LoadFailed e -> new Answer(500, "server_error", e, "model_load_failed").param("model");
      case GenerationFailed e -> new Answer(500, "server_error", e, "generation_failed");
    };
  }

  /// Spring's own: no such path, another method, a call that the gateway did not sign.
  private static Answer of(ErrorResponse failure) {
    int status = failure.getStatusCode().value();
    String detail = failure.getBody().getDetail();
    String message = detail == null ? String.valueOf(failure.getBody().getTitle()) : detail;
    String type = status >= 500 ? "server_error" : "invalid_request_error";
    return new Answer(
        status, new OpenAiFailure.Error(message, type, null, code(status)), OptionalInt.empty());
  }

  private static @Nullable String code(int status) {
    return switch (status) {
      case 401 -> "unauthorized";
      case 404 -> "not_found";
      case 405 -> "method_not_allowed";
      default -> null;
    };
  }

  private static String words(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }
}
