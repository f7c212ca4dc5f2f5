package bessemer.inference.join;

/// The worker cannot start with this gateway.
public final class JoinException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String action;

  /// @param action what the person who starts it can do
  JoinException(String reason, String action) {
    super(reason);
    this.action = action;
  }

  public String action() {
    return action;
  }
}
