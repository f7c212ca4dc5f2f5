package bessemer.cli;

import bessemer.supervisor.Cluster;
import bessemer.supervisor.Installation;
import bessemer.supervisor.Listen;
import bessemer.supervisor.Settings;
import bessemer.supervisor.Startup;
import bessemer.supervisor.process.PartState;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = "Starts PostgreSQL and the services, and waits until they are ready.")
final class Up implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofMinutes(12);

  private final Console console;
  private final Home home;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Of the gateway; 0 takes any free one. Default: BESSEMER_PORT, else 8080.")
  private @Nullable Integer port;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      description = {
        "Of the gateway. Default: BESSEMER_LISTEN, else 127.0.0.1. An address that other machines",
        "reach turns TLS on, with a certificate of its own."
      })
  private @Nullable String address;

  Up(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Installation installation = home.installation();
    Settings settings = Settings.read(System.getenv(), installation.settingsFile());
    Startup.Outcome outcome =
        new Startup(installation).up(Listen.chosen(address, port, settings), LIMIT, this::tell);
    Cluster cluster = outcome.cluster();
    if (outcome.already()) {
      console.note("already up");
    }
    console.out().println(console.strong(cluster.url()));
    console.note("");
    console.note("admin key    " + installation.adminKey() + " (to log in on that page)");
    if (cluster.fingerprint() != null) {
      console.note("certificate  SHA-256 " + cluster.fingerprint());
    }
    console.note("next         ./bessemer demo, ./bessemer convert SOURCE --name NAME -q 4,");
    console.note("             ./bessemer status, ./bessemer down");
    return Exit.OK.code();
  }

  private void tell(PartState part) {
    String line =
        switch (part.phase()) {
          case READY ->
              "ready in %.2f s"
                  .formatted(part.readyMillis() == null ? 0 : part.readyMillis() / 1e3);
          case STARTING -> part.note();
          case WAITING -> part.note();
          case PENDING, STOPPING, STOPPED -> null;
        };
    if (line != null) {
      console.note("  %-18s %s".formatted(part.name(), line));
    }
  }
}
