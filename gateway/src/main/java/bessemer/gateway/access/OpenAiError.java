package bessemer.gateway.access;

import bessemer.contracts.Problem;
import bessemer.gateway.access.RefusedException.Reason;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// An error in the shape that clients of OpenAI's interface know.
record OpenAiError(Body error) {

  record Body(String message, String type, @Nullable String param, @Nullable String code) {}

  static OpenAiError of(Problem problem, @Nullable Reason reason) {
    return new OpenAiError(
        new Body(problem.detail(), type(problem.status()), problem.field(), code(reason)));
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      default -> status >= 500 ? "server_error" : "invalid_request_error";
    };
  }

  private static @Nullable String code(@Nullable Reason reason) {
    if (reason == null) {
      return null;
    }
    return switch (reason) {
      case UNAUTHENTICATED -> "invalid_api_key";
      case RATE, CONCURRENCY -> "rate_limit_exceeded";
      case BODY -> "request_too_large";
      case HOST, PATH, FORBIDDEN, CSRF, UPSTREAM_DOWN, UPSTREAM_REFUSED, DATABASE_DOWN ->
          reason.name().toLowerCase(Locale.ROOT);
    };
  }
}
