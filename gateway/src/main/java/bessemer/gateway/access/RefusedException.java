package bessemer.gateway.access;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/// The gateway does not let a request through.
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Reason reason;
  private final transient @Nullable Duration retryAfter;

  /// Why; also the values of the metric's label.
  public enum Reason {
    HOST(HttpStatus.MISDIRECTED_REQUEST),
    PATH(HttpStatus.BAD_REQUEST),
    UNAUTHENTICATED(HttpStatus.UNAUTHORIZED),
    FORBIDDEN(HttpStatus.FORBIDDEN),
    CSRF(HttpStatus.FORBIDDEN),
    BODY(HttpStatus.CONTENT_TOO_LARGE),
    RATE(HttpStatus.TOO_MANY_REQUESTS),
    CONCURRENCY(HttpStatus.TOO_MANY_REQUESTS),
    UPSTREAM_DOWN(HttpStatus.SERVICE_UNAVAILABLE),
    UPSTREAM_REFUSED(HttpStatus.BAD_GATEWAY),
    DATABASE_DOWN(HttpStatus.SERVICE_UNAVAILABLE);

    private final HttpStatus status;

    Reason(HttpStatus status) {
      this.status = status;
    }

    HttpStatus status() {
      return status;
    }
  }

  public RefusedException(Reason reason, String detail) {
    this(reason, detail, null);
  }

  /// @param retryAfter when it may go better; null says nothing about it
  public RefusedException(Reason reason, String detail, @Nullable Duration retryAfter) {
    super(detail, null, false, false);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  public Reason reason() {
    return reason;
  }

  public HttpStatus status() {
    return reason.status();
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
