package bessemer.service;

import bessemer.contracts.ConflictException;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.Problem;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Turns whatever a request ends with into a problem document (RFC 9457). It never shows a stack
/// trace: that goes to the log, under the request's id.
public final class Problems implements ErrorWebExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
  private static final MediaType PROBLEM = MediaType.APPLICATION_PROBLEM_JSON;

  private final JsonMapper json;

  public Problems(JsonMapper json) {
    this.json = json;
  }

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    ServerHttpResponse response = exchange.getResponse();
    if (response.isCommitted()) {
      return Mono.error(failure);
    }
    Problem problem = of(failure, RequestIds.of(exchange));
    if (problem.status() >= 500) {
      LOG.error(
          "{} {}", exchange.getRequest().getMethod(), exchange.getRequest().getPath(), failure);
    }
    response.setStatusCode(HttpStatusCode.valueOf(problem.status()));
    response.getHeaders().setContentType(PROBLEM);
    return response.writeWith(
        Mono.fromSupplier(() -> {
          DataBuffer body = response.bufferFactory().wrap(json.writeValueAsBytes(problem));
          return body;
        }));
  }

  /// What went wrong, in the words for the caller.
  public static Problem of(Throwable failure, @Nullable String requestId) {
    return switch (failure) {
      case InvalidFieldException e -> problem(400, e.reason(), e.field(), requestId);
      case ServerWebInputException e -> input(e, requestId);
      case ErrorResponse e -> problem(e.getStatusCode().value(), detail(e), null, requestId);
      case NoSuchElementException e ->
          problem(404, String.valueOf(e.getMessage()), null, requestId);
      case ConflictException e -> problem(409, String.valueOf(e.getMessage()), null, requestId);
      default ->
          problem(500, "an error of ours; the log has it under this request id", null, requestId);
    };
  }

  private static String detail(ErrorResponse error) {
    return String.valueOf(error.getBody().getDetail());
  }

  /// The innermost reason wins: a record that refuses a value knows more than the reader of JSON
  /// around it.
  private static Problem input(ServerWebInputException failure, @Nullable String requestId) {
    Problem found = problem(400, String.valueOf(failure.getReason()), null, requestId);
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      found =
          switch (cause) {
            case InvalidFieldException e -> problem(400, e.reason(), e.field(), requestId);
            case DataBufferLimitException e ->
                problem(413, "the body is too long: " + e.getMessage(), null, requestId);
            case JacksonException e ->
                problem(400, e.getOriginalMessage(), BodyPath.of(e), requestId);
            default -> found;
          };
    }
    return found;
  }

  private static Problem problem(
      int status, String detail, @Nullable String field, @Nullable String requestId) {
    HttpStatus known = HttpStatus.resolve(status);
    String title = known == null ? "Error" : known.getReasonPhrase();
    return new Problem("about:blank", title, status, detail, field, requestId);
  }
}
