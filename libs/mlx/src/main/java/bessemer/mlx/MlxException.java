package bessemer.mlx;

/// An error that MLX reported, in its words.
public final class MlxException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MlxException(String message) {
    super("MLX: " + message);
  }
}
