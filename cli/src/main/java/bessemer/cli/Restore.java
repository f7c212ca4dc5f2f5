package bessemer.cli;

import bessemer.supervisor.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description = "Fills the database from a backup. The services have to be down.")
final class Restore implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "FILE", description = "What backup wrote.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path file;

  @Option(names = "--models", description = "The models' files in it as well.")
  private boolean models;

  @Option(names = "--replace", description = "Delete what the database holds now.")
  private boolean replace;

  Restore(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Files.isRegularFile(file)) {
      throw new CommandException(Exit.NOT_FOUND, file + " does not exist");
    }
    console.out().println(new Program(home.installation()).restore(file, models, replace));
    return Exit.OK.code();
  }
}
