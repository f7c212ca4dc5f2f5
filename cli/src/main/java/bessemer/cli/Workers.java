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
  int drain(
      @Parameters(paramLabel = "ID", description = "As `workers list` shows it.") String id,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    call(id, "drain", json);
    console.note("worker %s takes nothing new; ./bessemer workers undrain %s".formatted(id, id));
    return Exit.OK.code();
  }

  @Command(
      name = "undrain",
      mixinStandardHelpOptions = true,
      description = "Lets a drained worker work again.")
  int undrain(
      @Parameters(paramLabel = "ID", description = "As `workers list` shows it.") String id,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    call(id, "undrain", json);
    console.note("worker %s works again".formatted(id));
    return Exit.OK.code();
  }

  private void call(String id, String what, boolean json) throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      String path = "%s/%s/%s".formatted(WORKERS, Gateway.segment(id), what);
      WorkerView worker = gateway.call("POST", path, WorkerView.class);
      if (json) {
        console.out().println(Json.of(worker));
      }
    }
  }
}
