package bessemer.cli.remote;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The gateway refused, or did not answer.
public final class GatewayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// The status of a call that nobody answered.
  private static final int NOBODY = 0;

  private final int status;
  private final @Nullable String field;
  private final @Nullable Duration retryAfter;

  GatewayException(
      int status, String message, @Nullable String field, @Nullable Duration retryAfter) {
    super(message);
    this.status = status;
    this.field = field;
    this.retryAfter = retryAfter;
  }

  /// There is no cluster to talk to.
  static GatewayException nobody(String message) {
    return new GatewayException(NOBODY, message, null, null);
  }

  /// Of HTTP; 0 when nobody answered.
  public int status() {
    return status;
  }

  /// The field of the request that is wrong, such as `spec.group_size`; null when no single one is.
  public @Nullable String field() {
    return field;
  }

  /// When the gateway asked to come again; null when it did not say.
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /// Whether the same call may go well a little later: the gateway starts, stops or is busy.
  public boolean isTemporary() {
    return switch (status) {
      case NOBODY, 429, 502, 503, 504 -> true;
      default -> false;
    };
  }
}
