package bessemer.supervisor;

import bessemer.db.backup.BackupException;
import bessemer.supervisor.process.SupervisorException;
import bessemer.supervisor.process.Time;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The supervisor's program: the process that keeps the others, and work on the database, which the
/// command line leaves to it. Started by the command line; not meant to be typed.
///
/// | command | |
/// |---|---|
/// | `run HOME ROOT ADDRESS PORT` | keeps everything running |
/// | `train HOME ROOT` | starts everything once, so that the JVMs write caches of their classes |
/// | `backup HOME ROOT FILE [models]` | |
/// | `restore HOME ROOT FILE [models] [replace]` | |
public final class Main {
  private final PrintStream out;

  private Main(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.exit(new Main(out).run(List.of(arguments)));
  }

  private int run(List<String> words) throws IOException, InterruptedException {
    if (words.size() < 3) {
      throw new IllegalArgumentException("expected COMMAND HOME ROOT …, not " + words);
    }
    Installation installation = new Installation(Path.of(words.get(1)), Path.of(words.get(2)));
    List<String> rest = words.subList(3, words.size());
    try {
      return switch (words.getFirst()) {
        case "run" ->
            keep(installation, Listen.of(rest.getFirst(), Integer.parseInt(rest.getLast())));
        case "train" -> train(installation);
        case "backup" -> backup(installation, Path.of(rest.getFirst()), rest.contains("models"));
        case "restore" -> restore(installation, Path.of(rest.getFirst()), rest);
        case String other -> throw new IllegalArgumentException("no such command: " + other);
      };
    } catch (SupervisorException | BackupException e) {
      out.println(e.getMessage());
      return Supervisor.FAILED;
    }
  }

  private static int keep(Installation installation, Listen listen) throws IOException {
    Plan.Maker maker = new LocalCluster(installation, settings(installation), listen, false);
    return new Supervisor(installation, maker, Supervisor.Limits.USUAL, Time.system())
        .run(Supervisor.Until.asked());
  }

  private static int train(Installation installation) throws IOException {
    Listen listen = Listen.of("127.0.0.1", 0);
    Plan.Maker maker = new LocalCluster(installation, new Settings(Map.of()), listen, true);
    var limits = new Supervisor.Limits(Duration.ofMinutes(10), Duration.ofMinutes(10));
    return new Supervisor(installation, maker, limits, Time.system()).run(() -> {});
  }

  private int backup(Installation installation, Path file, boolean models)
      throws IOException, InterruptedException {
    try (var open = OpenDatabase.of(installation, settings(installation), false)) {
      Archive.Manifest made = new Archive(installation).write(file, open.database(), models);
      long bytes = made.files().stream().mapToLong(Archive.Entry::bytes).sum();
      out.printf(
          "%s: %d rows, %d files of %d bytes, schema version %s%n",
          file,
          made.database().rows(),
          made.files().size(),
          bytes,
          made.database().schemaVersion());
    }
    return 0;
  }

  private int restore(Installation installation, Path file, List<String> options)
      throws IOException, InterruptedException {
    try (var open = OpenDatabase.of(installation, settings(installation), true)) {
      boolean replace = options.contains("replace");
      boolean models = options.contains("models");
      Archive archive = new Archive(installation);
      Archive.Manifest from = archive.read(file, open.database(), replace, models);
      out.printf(
          "%d rows of %s, made by version %s%n", from.database().rows(), from.at(), from.version());
    }
    return 0;
  }

  private static Settings settings(Installation installation) throws IOException {
    return Settings.read(System.getenv(), installation.settingsFile());
  }
}
