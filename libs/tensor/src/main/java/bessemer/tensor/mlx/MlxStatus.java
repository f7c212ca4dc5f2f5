package bessemer.tensor.mlx;

import bessemer.mlx.MlxDevice;
import bessemer.mlx.MlxLibrary;
import bessemer.mlx.MlxMemory;
import java.util.Optional;
import java.util.OptionalLong;

/// The MLX of this machine, for people and for metrics.
public sealed interface MlxStatus {
  /// @param library the file that was loaded
  /// @param metal whether it reaches Apple's graphics unit
  /// @param gpu whether it reaches any
  /// @param device what it computes on
  /// @param recommendedBytes what the graphics unit may keep resident
  record Usable(
      String library,
      String version,
      boolean metal,
      boolean gpu,
      Optional<String> device,
      OptionalLong memoryBytes,
      OptionalLong recommendedBytes)
      implements MlxStatus {}

  /// @param reason what is missing, and what to do
  record Unusable(String reason) implements MlxStatus {}

  /// What MLX allocated in this process, in bytes.
  ///
  /// @param active in arrays that are alive; on Metal with the mapped weights that they read
  /// @param peak the most that was active
  /// @param cache freed, and kept for the next arrays
  /// @param limit from which MLX waits for running work, then fails
  record Memory(long active, long peak, long cache, long limit) {}

  static MlxStatus now() {
    return switch (MlxLibrary.state()) {
      case MlxLibrary.State.Unusable(String reason) -> new Unusable(reason);
      case MlxLibrary.State.Usable(var path, String version, boolean metal) -> {
        boolean gpu = MlxDevice.hasGpu();
        MlxDevice device = MlxDevice.of(gpu);
        yield new Usable(
            path.toString(),
            version,
            metal,
            gpu,
            device.name(),
            device.memoryBytes(),
            device.recommendedBytes());
      }
    };
  }

  /// @throws bessemer.mlx.MlxUnavailableException if there is no MLX
  static Memory memory() {
    MlxMemory now = MlxMemory.now();
    return new Memory(now.active(), now.peak(), now.cache(), now.limit());
  }

  /// How much freed memory MLX keeps for the next arrays, all models of the process together.
  ///
  /// @throws bessemer.mlx.MlxUnavailableException if there is no MLX
  static void limitCache(long bytes) {
    MlxMemory.cacheLimit(bytes);
  }
}
