package bessemer.supervisor.process;

/// The processes cannot be started or kept, for a reason that the message names together with what
/// to do about it.
public final class SupervisorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SupervisorException(String message) {
    super(message);
  }
}
