package bessemer.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `bessemer train` without a kind of training: says which there are.
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "KIND",
    description = "Trains a model further.")
final class Train implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /// With what is below it.
  static CommandLine commandLine(Console console, Home home) {
    return new CommandLine(new Train()).addSubcommand(new TrainLora(console, home));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
