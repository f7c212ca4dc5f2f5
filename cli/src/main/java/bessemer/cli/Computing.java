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

  Engine engine() {
    return strict ? Cpu.engine(threads.count()) : Cpu.fast(threads.count());
  }
}
