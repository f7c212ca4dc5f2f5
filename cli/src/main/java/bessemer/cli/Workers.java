package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.contracts.Page;
import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerView;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.type.TypeReference;

@Command(
    name = "workers",
    mixinStandardHelpOptions = true,
    description = "Shows who runs models and jobs, and takes workers out for a while.")
final class Workers {
  private static final String WORKERS = "/api/v1/workers";

  private final Console console;
  private final Connection connection;

  Workers(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists workers.")
  int list(@Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      Page<WorkerView> workers = gateway.get(WORKERS, new TypeReference<Page<WorkerView>>() {});
      console.out().print(json ? Json.of(workers) + "\n" : table(workers.items()));
    }
    return Exit.OK.code();
  }

  private static Table table(List<WorkerView> workers) {
    var table = new Table().row("ID", "STATE", "KIND", "RUNS ON", "BUSY", "MEMORY", "MODELS");
    for (WorkerView worker : workers) {
      WorkerBeat last = worker.last();
      table.row(
          worker.id(),
          worker.state(),
          last.kind(),
          String.join(",", last.capabilities()),
          last.busy(),
          memory(last),
          last.models().stream().map(WorkerBeat.Loaded::name).collect(Collectors.joining(",")));
    }
    return table;
  }

  private static String memory(WorkerBeat beat) {
    return beat.memoryBudgetBytes() == 0
        ? ""
        : "%s of %s"
            .formatted(Sizes.bytes(beat.memoryBytes()), Sizes.bytes(beat.memoryBudgetBytes()));
  }

  @Command(
      name = "drain",
      mixinStandardHelpOptions = true,
      description = "Lets a worker finish what it does and take nothing new.")
  int drain(@Parameters(paramLabel = "ID", description = "As `workers list` shows it.") String id)
      throws IOException, InterruptedException {
    return call(id, "drain", "takes nothing new; ./bessemer workers undrain " + id);
  }

  @Command(
      name = "undrain",
      mixinStandardHelpOptions = true,
      description = "Lets a drained worker work again.")
  int undrain(@Parameters(paramLabel = "ID", description = "As `workers list` shows it.") String id)
      throws IOException, InterruptedException {
    return call(id, "undrain", "works again");
  }

  private int call(String id, String what, String then) throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      gateway.call("POST", "%s/%s/%s".formatted(WORKERS, Gateway.segment(id), what));
      console.note("worker %s %s".formatted(id, then));
    }
    return Exit.OK.code();
  }
}
