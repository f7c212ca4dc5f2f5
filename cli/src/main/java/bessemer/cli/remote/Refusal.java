package bessemer.cli.remote;

import java.net.http.HttpHeaders;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What an answer with an error status says, in words for the user: problem details (RFC 9457), or
/// OpenAI's shape under `/v1`.
record Refusal(Address address) {

  GatewayException of(int status, HttpHeaders headers, byte[] body) {
    JsonNode problem = parse(body);
    JsonNode error = problem.path("error");
    boolean openAi = error.isObject();
    String detail =
        openAi
            ? error.path("message").asString("")
            : problem.path("detail").asString(problem.path("title").asString(""));
    String field = (openAi ? error.path("param") : problem.path("field")).asString("");
    Duration after = retryAfter(headers);
    String message = message(status, prefixed(field, detail), after);
    String request = problem.path("request_id").asString("");
    if (status >= 500 && !request.isEmpty()) {
      message += " (request " + request + ")";
    }
    return new GatewayException(status, message, field.isEmpty() ? null : field, after);
  }

  private String message(int status, String detail, @Nullable Duration after) {
    String said = detail.isEmpty() ? "" : ": " + detail;
    return switch (status) {
      case 401 -> "%s does not accept this key%s".formatted(address.url(), said);
      case 403 -> detail.isEmpty() ? "this key does not allow it" : detail;
      case 429 -> detail.isEmpty() ? "too many requests" + again(after) : detail + again(after);
      case 502, 503, 504 -> "%s cannot do it now%s%s".formatted(address.url(), said, again(after));
      default ->
          detail.isEmpty() ? "%s answered with status %d".formatted(address.url(), status) : detail;
    };
  }

  private static String again(@Nullable Duration after) {
    return after == null ? "; try again later" : "; try again in %d s".formatted(after.toSeconds());
  }

  private static String prefixed(String field, String detail) {
    return field.isEmpty() || detail.contains(field) ? detail : field + ": " + detail;
  }

  private static @Nullable Duration retryAfter(HttpHeaders headers) {
    String value = headers.firstValue("Retry-After").orElse("");
    return value.matches("\\d{1,9}") ? Duration.ofSeconds(Long.parseLong(value)) : null;
  }

  private static JsonNode parse(byte[] body) {
    try {
      return Wire.JSON.readTree(body);
    } catch (JacksonException e) {
      return Wire.JSON.createObjectNode(); // a page of something between: the status must do
    }
  }
}
