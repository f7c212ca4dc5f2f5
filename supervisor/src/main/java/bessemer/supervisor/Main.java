package bessemer.supervisor;

import bessemer.supervisor.process.SupervisorException;
import bessemer.supervisor.process.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The supervisor's process. Started by the command line; not meant to be typed.
public final class Main {
  private Main() {}

  /// @param arguments `run HOME ROOT ADDRESS PORT`
  public static void main(String[] arguments) throws IOException {
    List<String> words = List.of(arguments);
    if (words.size() < 3) {
      throw new SupervisorException("expected: run HOME ROOT ADDRESS PORT, not " + words);
    }
    Installation installation = new Installation(Path.of(words.get(1)), Path.of(words.get(2)));
    System.exit(
        switch (words.getFirst()) {
          case "run" -> run(installation, Listen.of(words.get(3), Integer.parseInt(words.get(4))));
          case String other -> throw new SupervisorException("no such command: " + other);
        });
  }

  private static int run(Installation installation, Listen listen) throws IOException {
    Settings settings = Settings.read(System.getenv(), installation.settingsFile());
    Plan.Maker maker = new LocalCluster(installation, settings, listen);
    return new Supervisor(installation, maker, Supervisor.Limits.USUAL, Time.system()).run();
  }
}
