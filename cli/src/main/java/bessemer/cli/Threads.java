package bessemer.cli;

import picocli.CommandLine.Option;

/// How many threads compute.
final class Threads {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute (default: the processors).")
  private int threads;

  int count() {
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }
}
