package bessemer.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `bessemer` without a command: says what there is.
@Command(
    name = "bessemer",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Turns PyTorch checkpoints into MLX models, proves that they are still the",
      "same models, quantizes and runs them."
    },
    footer = {
      "",
      "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 parity gate failed.",
      "The first time: ./bessemer demo"
    })
final class Bessemer implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /// The command line on these streams, with the environment of this process.
  static CommandLine commandLine(Console console, Home home) {
    return commandLine(console, home, System.getenv());
  }

  /// @param environment where the gateway may be named
  static CommandLine commandLine(Console console, Home home, Map<String, String> environment) {
    CommandLine line = new CommandLine(new Bessemer());
    var connection = new Connection(home, environment);
    Object[] commands = {
      new Demo(console, home),
      new Up(console, home),
      new Down(console, home),
      new Status(console, home),
      new Doctor(console, home),
      new Logs(console, home),
      new Backup(console, home),
      new Restore(console, home),
      new Convert(console, connection),
      new Validate(console, home),
      new Inspect(console),
      new Generate(console, connection),
      new Chat(console, connection),
      new Translate(console, connection, System.in),
      Train.commandLine(console, home),
      new Fuse(console, home),
      new Benchmark(console, home),
      new Compare(console, home),
      Eval.line(console, connection),
      new ListCommand(console, connection),
      new Delete(console, connection),
      new Jobs(console, connection),
      new Keys(console, connection),
      new Workers(console, connection),
      new Worker(console, home, environment)
    };
    for (Object command : commands) {
      line.addSubcommand(command);
    }
    return line.setOut(new PrintWriter(console.out(), true))
        .setErr(new PrintWriter(console.err(), true))
        .setUsageHelpAutoWidth(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new Failures(console));
  }
}
