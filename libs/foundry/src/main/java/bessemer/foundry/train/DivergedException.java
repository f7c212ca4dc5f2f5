package bessemer.foundry.train;

/// The loss is no number any more: a smaller learning rate may keep it one.
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DivergedException(String message) {
    super(message);
  }
}
