package bessemer.tensor.cpu;

import bessemer.tensor.Engine;
import java.util.Optional;
import java.util.stream.Stream;

/// Every set of kernels that this machine can run: Java's, and those of the native file.
final class AllKernels {
  private AllKernels() {}

  static Stream<Optional<NativeKernels>> stream() {
    return Stream.concat(
        Stream.of(Optional.empty()), NativeKernels.available().stream().map(Optional::of));
  }

  static Engine engine(Optional<NativeKernels> kernels, int threads) {
    return new Engine(new Cpu(threads, Activations.FLOAT32, kernels));
  }
}
