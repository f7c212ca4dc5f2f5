package bessemer.cli;

import picocli.CommandLine.Option;

/// How many threads compute.
final class Threads {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute (default: the processors).")
  private int threads;

  boolean chosen() {
    return threads != 0;
  }

  /// @throws CommandException if there are fewer than none
  int count() {
    if (threads < 0) {
      throw new CommandException(Exit.USAGE, "--threads %d: at least 1".formatted(threads));
    }
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }
}
