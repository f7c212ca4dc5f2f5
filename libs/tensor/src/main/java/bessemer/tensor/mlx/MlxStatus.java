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
  /// @param limit from which MLX waits for running work before it goes on
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

  /// Bounds what MLX takes where all models of the process together may have this many bytes: a
  /// quarter on top for keys, values and what a pass needs, and an eighth of freed memory that is
  /// kept for the next arrays. On Metal as much stays resident, if the system allows it.
  ///
  /// @throws bessemer.mlx.MlxUnavailableException if there is no MLX
  static void limit(long bytes) {
    long all = bytes + bytes / 4;
    MlxMemory.limit(all);
    MlxMemory.cacheLimit(bytes / 8);
    OptionalLong recommended = recommended();
    if (recommended.isPresent()) {
      MlxMemory.wiredLimit(Math.min(all, recommended.getAsLong()));
    }
  }

  /// Keeps resident what the system allows, unless [#limit] has said how much: weights that Metal
  /// pages out and in again cost more than computing with them.
  ///
  /// @throws bessemer.mlx.MlxUnavailableException if there is no MLX
  static void wire() {
    OptionalLong recommended = recommended();
    if (recommended.isPresent()) {
      long before = MlxMemory.wiredLimit(recommended.getAsLong());
      if (before > 0) {
        MlxMemory.wiredLimit(before);
      }
    }
  }

  /// On Metal.
  private static OptionalLong recommended() {
    return now() instanceof Usable usable && usable.metal()
        ? usable.recommendedBytes()
        : OptionalLong.empty();
  }
}
