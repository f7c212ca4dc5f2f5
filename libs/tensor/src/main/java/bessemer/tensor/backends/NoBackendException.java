package bessemer.tensor.backends;

/// The backend that was chosen cannot compute here: the message says why and what to install.
public final class NoBackendException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NoBackendException(String message) {
    super(message);
  }
}
