package bessemer.cli;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.nn.KvType;
import java.util.ArrayList;
import java.util.List;
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

  /// @param here whether it is this process that computes
  /// @throws CommandException if something is chosen that only this process could heed
  void requireLocal(boolean here) {
    List<String> chosen = chosen();
    if (!here && !chosen.isEmpty()) {
      throw new CommandException(
          Exit.USAGE,
          "the services compute as they were set up, without %s: name a directory, or add --local"
              .formatted(String.join(", ", chosen)));
    }
  }

  private List<String> chosen() {
    List<String> chosen = new ArrayList<>();
    if (threads.chosen()) {
      chosen.add("--threads");
    }
    if (backend != null) {
      chosen.add("--backend");
    }
    if (strict) {
      chosen.add("--strict");
    }
    if (cache != null) {
      chosen.add("--kv");
    }
    return chosen;
  }

  int threads() {
    return threads.count();
  }

  EngineChoice choice() {
    return new EngineChoice(backend == null ? BackendName.AUTO : backend, threads(), strict);
  }

  KvType cache() {
    return choice().cache(cache);
  }

  /// @param otherwise where nothing is chosen
  KvType cache(KvType otherwise) {
    return cache == null ? otherwise : cache;
  }

  /// For comparisons and training, which round no keys and values.
  ///
  /// @throws CommandException if they are to be rounded
  EngineChoice exact() {
    if (cache != null && cache != KvType.FP32) {
      throw new CommandException(
          Exit.USAGE, "--kv: keys and values are not rounded here, leave it out");
    }
    return new EngineChoice(backend == null ? BackendName.CPU : backend, threads(), true);
  }
}
