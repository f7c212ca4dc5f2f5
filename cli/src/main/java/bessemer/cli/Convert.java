package bessemer.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = {
      "Turns a PyTorch checkpoint into an MLX model that mlx-lm loads, and proves it.",
      "The work is a job of the services, which goes on without this command; with --local it is",
      "done here."
    })
final class Convert implements Callable<Integer> {
  private final Console console;
  private final Home home;
  private final Connection connection;

  @Parameters(paramLabel = "SOURCE", description = "A directory, or hf:org/name[@revision].")
  private String source = "";

  @Option(names = "--name", paramLabel = "NAME", description = "What the model is called.")
  private String name = "";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "With --local: the directory to create instead.")
  private @Nullable Path out;

  @Mixin private final PrecisionOptions precision = new PrecisionOptions();

  @Option(
      names = "--reference",
      paramLabel = "PACK",
      description = "What PyTorch computed: a pack, or auto to record one.")
  private String reference = "";

  @Option(names = "--replace", description = "Let an existing result give way.")
  private boolean replace;

  @Option(names = "--detach", description = "Print the job's id and do not wait for its end.")
  private boolean detach;

  @Mixin private final Threads threads = new Threads();
  @Mixin private final Local local = new Local();

  @Option(
      names = "--json",
      description = "Print the parity report (with --detach the job) as JSON.")
  private boolean json;

  Convert(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
    home = connection.home();
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Exit exit = local.chosen() ? here() : throughTheGateway();
    return exit.code();
  }

  private Exit throughTheGateway() throws IOException, InterruptedException {
    if (out != null) {
      throw new CommandException(
          Exit.USAGE, "--out needs --local: the services keep models by name, so say --name NAME");
    }
    if (name.isEmpty()) {
      throw new CommandException(Exit.USAGE, "say what the model is called: --name NAME");
    }
    if (threads.chosen()) {
      throw new CommandException(
          Exit.USAGE, "--threads needs --local: the services have BESSEMER_THREADS");
    }
    var order = new ConversionOrder(source, name, precision, reference, replace);
    return new RemoteConversion(console, connection, order).run(detach, json);
  }

  private Exit here() throws IOException, InterruptedException {
    if (detach) {
      throw new CommandException(Exit.USAGE, "--detach and --local exclude each other");
    }
    Destination.requireDirectory(out);
    var conversion = new LocalConversion(console, home, threads.count());
    return conversion.run(
        new ConversionOrder(source, name, precision, reference, replace), output(), json);
  }

  private Path output() throws IOException {
    if ((out == null) == name.isEmpty()) {
      throw new CommandException(Exit.USAGE, "say where to: --out DIR or --name NAME");
    }
    return out != null ? out : ModelArgument.named(name, home);
  }
}
