package bessemer.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Whether a command does its work itself instead of asking the services for it.
final class Local {
  @Option(names = "--local", description = "Run in this process, without services.")
  private boolean chosen;

  boolean chosen() {
    return chosen;
  }

  /// Whether a model is used in this process: a directory always is, as the services know names
  /// only.
  boolean covers(String model) {
    return chosen || Files.isDirectory(Path.of(model));
  }

  /// For what the services have no job for.
  ///
  /// @throws CommandException if a name of the services' catalogue was meant
  void require(String command, String model) {
    if (!covers(model)) {
      throw new CommandException(
          Exit.USAGE,
          "%s runs in this process: name a directory, or add --local for a model of `list --local`"
              .formatted(command));
    }
  }
}
