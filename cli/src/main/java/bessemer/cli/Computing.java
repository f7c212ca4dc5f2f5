package bessemer.cli;

import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a model that answers in this process computes.
final class Computing {
  @Mixin private final Threads threads = new Threads();

  @Option(
      names = "--strict",
      description =
          "In this process: keep activations as floats; else they are rounded to 8 bits where"
              + " weights are quantized.")
  private boolean strict;

  int threads() {
    return threads.count();
  }

  /// @throws CommandException if kernels are asked for that this machine lacks
  Engine engine() {
    try {
      return strict ? Cpu.engine(threads.count()) : Cpu.fast(threads.count());
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
