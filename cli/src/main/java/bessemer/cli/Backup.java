package bessemer.cli;

import bessemer.supervisor.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the database into a zip file: jobs, the catalogue, keys. Also while the services run.",
      "The file holds secrets."
    })
final class Backup implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "FILE", description = "The zip file; must not exist.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path file;

  @Option(names = "--models", description = "The models' files as well.")
  private boolean models;

  Backup(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    console.out().println(new Program(home.installation()).backup(file, models));
    return Exit.OK.code();
  }
}
