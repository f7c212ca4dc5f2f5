package bessemer.supervisor;

import bessemer.supervisor.process.Part;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The supervisor's process with parts for tests: the real code around programs that do little.
final class FakeCluster implements Plan.Maker {
  private final Path journal;
  private final List<String> names;

  private FakeCluster(Path journal, List<String> names) {
    this.journal = journal;
    this.names = names;
  }

  /// @param arguments the home directory, then the parts: one stage each. `broken` ends at once,
  ///   `deaf` ignores the signal that asks it to end, others are services
  public static void main(String[] arguments) throws IOException {
    var installation = new Installation(Path.of(arguments[0]), Path.of("."));
    var limits = new Supervisor.Limits(Duration.ofSeconds(60), Duration.ofSeconds(3));
    List<String> names = List.of(arguments).subList(1, arguments.length);
    var maker = new FakeCluster(installation.home().resolve("journal"), names);
    System.exit(
        new Supervisor(installation, maker, limits, Time.system()).run(Supervisor.Until.asked()));
  }

  @Override
  public List<String> names() {
    return names;
  }

  @Override
  public Plan make(Ports ports, Consumer<PartState> preparing) throws IOException {
    List<List<Part>> stages = new ArrayList<>();
    for (String name : names) {
      stages.add(List.of(part(name, ports.internal(name + ".management"))));
    }
    return new Plan("http://127.0.0.1:1", null, stages);
  }

  private Part part(String name, int management) {
    return switch (name) {
      case "broken" -> script(name, "echo the reason is here; exit 5", _ -> false);
      case "deaf" -> script(name, "trap '' TERM; while :; do sleep 0.1; done", _ -> true);
      default ->
          new Part(
              name,
              List.of(
                  JavaCommand.java(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  FakeService.class.getName(),
                  name,
                  journal.toString()),
              Map.of("BESSEMER_MANAGEMENT_PORT", Integer.toString(management)),
              Part.Signal.TERM,
              Health.probe(management),
              Map.of("management", management));
    };
  }

  private static Part script(String name, String script, Part.Probe probe) {
    List<String> command = List.of("/bin/sh", "-c", script);
    return new Part(name, command, Map.of(), Part.Signal.TERM, probe, Map.of());
  }

  /// The command of a process like that.
  static List<String> command(Path home, List<String> parts) {
    List<String> command =
        new ArrayList<>(
            List.of(
                JavaCommand.java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FakeCluster.class.getName(),
                home.toString()));
    command.addAll(parts);
    return command;
  }
}
