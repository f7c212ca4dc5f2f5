package bessemer.cli;

import bessemer.supervisor.Cluster;
import bessemer.supervisor.Startup;
import bessemer.supervisor.process.PartState;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = "Stops the services and PostgreSQL; the data stays.")
final class Down implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Console console;
  private final Home home;

  Down(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Optional<Cluster> stopped = new Startup(home.installation()).down(LIMIT);
    if (stopped.isEmpty()) {
      console.note("nothing runs for " + home.directory());
      return Exit.OK.code();
    }
    List<String> parts =
        stopped.get().parts().reversed().stream()
            .filter(part -> part.process() != null)
            .map(PartState::name)
            .toList();
    console.note("stopped " + String.join(", ", parts));
    return Exit.OK.code();
  }
}
