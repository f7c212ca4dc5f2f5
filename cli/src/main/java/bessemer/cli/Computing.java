package bessemer.cli;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
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

  int threads() {
    return threads.count();
  }

  EngineChoice choice() {
    return new EngineChoice(backend == null ? BackendName.AUTO : backend, threads(), strict);
  }

  /// For comparisons and training.
  EngineChoice exact() {
    return new EngineChoice(backend == null ? BackendName.CPU : backend, threads(), true);
  }
}
