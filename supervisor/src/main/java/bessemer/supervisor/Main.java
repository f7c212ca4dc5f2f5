package bessemer.supervisor;

import bessemer.supervisor.process.SupervisorException;
import bessemer.supervisor.process.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The supervisor's process. Started by the command line; not meant to be typed.
public final class Main {
  private Main() {}

  /// @param arguments `run HOME ROOT ADDRESS PORT`; with `train` instead of `run` it stops as soon
  ///   as everything is up, and the JVMs write what they learned about their classes
  public static void main(String[] arguments) throws IOException {
    List<String> words = List.of(arguments);
    if (words.size() != 5) {
      throw new SupervisorException("expected: run HOME ROOT ADDRESS PORT, not " + words);
    }
    Installation installation = new Installation(Path.of(words.get(1)), Path.of(words.get(2)));
    Listen listen = Listen.of(words.get(3), Integer.parseInt(words.get(4)));
    System.exit(
        switch (words.getFirst()) {
          case "run" -> run(installation, listen);
          case "train" -> train(installation, listen);
          case String other -> throw new SupervisorException("no such command: " + other);
        });
  }

  private static int run(Installation installation, Listen listen) throws IOException {
    Settings settings = Settings.read(System.getenv(), installation.settingsFile());
    Plan.Maker maker = new LocalCluster(installation, settings, listen, false);
    return new Supervisor(installation, maker, Supervisor.Limits.USUAL, Time.system())
        .run(Supervisor.Until.asked());
  }

  private static int train(Installation installation, Listen listen) throws IOException {
    Plan.Maker maker = new LocalCluster(installation, new Settings(Map.of()), listen, true);
    var limits = new Supervisor.Limits(Duration.ofMinutes(5), Duration.ofMinutes(5));
    return new Supervisor(installation, maker, limits, Time.system()).run(() -> {});
  }
}
