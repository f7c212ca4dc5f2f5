package bessemer.cli;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.nn.KvType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// On what a command computes in this process, and how exactly.
final class Computing {
  @Mixin private final Threads threads = new Threads();

  @Option(
      names = "--backend",
      paramLabel = "auto|cpu|mlx",
      description = {
        "auto is mlx on a Mac with mlx-c (brew install mlx-c), else cpu;",
        "validate and train use the cpu unless told otherwise."
      })
  private @Nullable BackendName backend;

  @Option(
      names = "--strict",
      description = {
        "Keep activations as floats, as validate and train always do; else the cpu rounds them to",
        "8 bits where weights are quantized."
      })
  private boolean strict;

  @Option(
      names = "--kv",
      paramLabel = "fp32|fp16|bf16|int8",
      description = {
        "How keys and values are remembered: fp16 on the cpu, and as the model computes them with",
        "--strict and on mlx. validate and train do not round them."
      })
  private @Nullable KvType cache;

  int threads() {
    return threads.count();
  }

  EngineChoice choice() {
    return new EngineChoice(backend == null ? BackendName.AUTO : backend, threads(), strict);
  }

  KvType cache() {
    return choice().cache(cache);
  }

  /// For comparisons and training.
  EngineChoice exact() {
    return new EngineChoice(backend == null ? BackendName.CPU : backend, threads(), true);
  }
}
