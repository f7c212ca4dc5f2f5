package bessemer.tensor.backends;

import bessemer.tensor.mlx.MlxStatus;

/// A backend as users name it.
public enum BackendName {
  /// MLX on a Mac whose Metal it reaches, else the processor.
  AUTO,
  CPU,
  /// On a graphics unit if MLX reaches one, else on MLX's own cpu, which is slow.
  MLX;

  /// What is meant on this machine: never AUTO. Where there is no Metal, MLX is not even looked
  /// for.
  public BackendName resolved() {
    if (this != AUTO) {
      return this;
    }
    boolean mac = System.getProperty("os.name").startsWith("Mac");
    return mac ? automatic(MlxStatus.now()) : CPU;
  }

  static BackendName automatic(MlxStatus found) {
    return found instanceof MlxStatus.Usable usable && usable.metal() ? MLX : CPU;
  }
}
