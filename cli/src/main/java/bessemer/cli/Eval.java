package bessemer.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Measures how good translations are.")
final class Eval implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /// With its commands below it.
  static CommandLine line(Console console, Connection connection) {
    return new CommandLine(new Eval())
        .addSubcommand(new EvalScore(console))
        .addSubcommand(new EvalTranslate(console, connection));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
