package bessemer.foundry;

/// What was asked for cannot be done as it was asked; the message says which choice is wrong and
/// what to choose instead.
public final class BadRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BadRequestException(String message) {
    super(message);
  }
}
