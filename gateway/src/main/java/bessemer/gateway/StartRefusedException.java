package bessemer.gateway;

/// The gateway does not start with this configuration.
public final class StartRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String action;

  /// @param action what the person who starts it can do
  public StartRefusedException(String reason, String action) {
    super(reason);
    this.action = action;
  }

  String action() {
    return action;
  }
}
