package bessemer.foundry.parity;

/// PyTorch could not record a reference. The message says why, with what the recorder wrote last.
public final class RecordingFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RecordingFailedException(String message) {
    super(message);
  }
}
