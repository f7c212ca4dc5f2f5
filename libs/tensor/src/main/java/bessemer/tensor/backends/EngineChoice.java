package bessemer.tensor.backends;

import bessemer.mlx.MlxPrecision;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.mlx.Mlx;
import bessemer.tensor.mlx.MlxStatus;
import bessemer.tensor.nn.KvType;
import org.jspecify.annotations.Nullable;

/// On what to compute, and how exactly.
///
/// @param threads of the processor; MLX has its own
/// @param strict every product as exact as floats of 32 bits make it; else the processor rounds
///   activations to 8 bits where weights are quantized, and MLX on a graphics unit computes models
///   stored in bf16 in bf16 and may multiply floats with matrix units that keep 19 bits
public record EngineChoice(BackendName backend, int threads, boolean strict) {
  public EngineChoice {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads cannot compute");
    }
  }

  /// What comparisons with PyTorch are made on, unless they are of another backend.
  public static EngineChoice exact(int threads) {
    return new EngineChoice(BackendName.CPU, threads, true);
  }

  /// A new engine of the calling thread.
  ///
  /// @throws NoBackendException if MLX was chosen and there is none that fits, or kernels that this
  ///   machine lacks
  public Engine engine() {
    return switch (backend.resolved()) {
      case CPU -> cpu();
      case MLX -> mlx();
      case AUTO -> throw new AssertionError("resolved");
    };
  }

  /// The elements of a cache of keys and values.
  ///
  /// @param asked null for fp16 where the processor computes and need not be strict, else what the
  ///   model computes
  public KvType cache(@Nullable KvType asked) {
    boolean mlx = backend.resolved() == BackendName.MLX;
    return asked != null ? asked : strict || mlx ? KvType.FP32 : KvType.FP16;
  }

  private Engine cpu() {
    try {
      return strict ? Cpu.engine(threads) : Cpu.fast(threads);
    } catch (IllegalArgumentException e) {
      throw new NoBackendException(String.valueOf(e.getMessage()));
    }
  }

  private Engine mlx() {
    return switch (MlxStatus.now()) {
      case MlxStatus.Unusable(String reason) -> throw new NoBackendException(reason);
      case MlxStatus.Usable usable -> {
        if (strict) {
          MlxPrecision.full();
        }
        MlxStatus.wire();
        yield strict || !usable.gpu() ? Mlx.engine(usable.gpu()) : Mlx.fast(true);
      }
    };
  }

  /// The backend and its kernels in a few words, for people.
  public String describe() {
    try (Engine engine = engine()) {
      return engine.describe();
    }
  }
}
