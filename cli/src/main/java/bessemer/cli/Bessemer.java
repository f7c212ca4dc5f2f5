package bessemer.cli;

import java.io.PrintWriter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
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

  /// Runs a command on these streams. Where the arguments begin with its name, no other is looked
  /// at: to read the annotations of all takes longer than the rest of the start.
  ///
  /// @param environment where the gateway may be named
  /// @return the exit code
  static int run(Console console, Home home, Map<String, String> environment, String... arguments) {
    var commands = commands(console, home, environment);
    Supplier<Object> asked = arguments.length == 0 ? null : commands.get(arguments[0]);
    return commandLine(console, asked == null ? commands.values() : List.of(asked))
        .execute(arguments);
  }

  private static CommandLine commandLine(Console console, Collection<Supplier<Object>> commands) {
    CommandLine line = new CommandLine(new Bessemer());
    commands.forEach(command -> line.addSubcommand(command.get()));
    return line.setOut(new PrintWriter(console.out(), true))
        .setErr(new PrintWriter(console.err(), true))
        .setUsageHelpAutoWidth(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new Failures(console));
  }

  /// In the order of the help.
  static SequencedMap<String, Supplier<Object>> commands(
      Console console, Home home, Map<String, String> environment) {
    var connection = new Connection(home, environment);
    var commands = new LinkedHashMap<String, Supplier<Object>>();
    commands.put("demo", () -> new Demo(console, home));
    commands.put("up", () -> new Up(console, home));
    commands.put("down", () -> new Down(console, home));
    commands.put("status", () -> new Status(console, home));
    commands.put("doctor", () -> new Doctor(console, home));
    commands.put("logs", () -> new Logs(console, home));
    commands.put("backup", () -> new Backup(console, home));
    commands.put("restore", () -> new Restore(console, home));
    commands.put("convert", () -> new Convert(console, connection));
    commands.put("validate", () -> new Validate(console, home));
    commands.put("inspect", () -> new Inspect(console));
    commands.put("generate", () -> new Generate(console, connection));
    commands.put("chat", () -> new Chat(console, connection));
    commands.put("translate", () -> new Translate(console, connection, System.in));
    commands.put("train", () -> Train.commandLine(console, home));
    commands.put("fuse", () -> new Fuse(console, home));
    commands.put("benchmark", () -> new Benchmark(console, home));
    commands.put("compare", () -> new Compare(console, home));
    commands.put("eval", () -> Eval.line(console, connection));
    commands.put("list", () -> new ListCommand(console, connection));
    commands.put("delete", () -> new Delete(console, connection));
    commands.put("jobs", () -> new Jobs(console, connection));
    commands.put("keys", () -> new Keys(console, connection));
    commands.put("workers", () -> new Workers(console, connection));
    commands.put("worker", () -> new Worker(console, home, environment));
    return commands;
  }
}
