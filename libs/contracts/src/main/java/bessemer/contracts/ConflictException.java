package bessemer.contracts;

/// What was asked for does not go together with what is there; the message says with what.
public class ConflictException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConflictException(String message) {
    super(message);
  }
}
