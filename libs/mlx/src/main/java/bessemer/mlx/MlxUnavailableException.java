package bessemer.mlx;

/// There is no MLX that can be used: the message says why and what to install.
public final class MlxUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MlxUnavailableException(String message) {
    super(message);
  }
}
