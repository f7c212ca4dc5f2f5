package bessemer.cli;

import picocli.CommandLine.Option;

/// Work that will be a job of the services: until they exist it runs here, and says so.
final class Local {
  @Option(names = "--local", description = "Run in this process, without services.")
  private boolean local;

  /// @throws CommandException if the services were meant
  void require() {
    if (!local) {
      throw new CommandException(
          Exit.USAGE, "there are no services in this version: add --local to run it here");
    }
  }
}
