package bessemer.cli;

import bessemer.supervisor.Cluster;
import bessemer.supervisor.Health;
import bessemer.supervisor.ProcessMemory;
import bessemer.supervisor.Startup;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.ProcessMark;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description =
        "What runs: each process with its state, memory and ports. Exit code 3 if nothing.")
final class Status implements Callable<Integer> {
  /// @param memory in bytes: the process's share of what is resident
  record Row(
      String name,
      String state,
      @Nullable Long pid,
      @Nullable Long uptimeSeconds,
      int restarts,
      @Nullable Long memoryBytes,
      Map<String, Integer> ports,
      @Nullable String note) {}

  /// @param fingerprint of the gateway's certificate
  /// @param kernels what the inference service computes with
  record Report(
      String state,
      @Nullable String url,
      @Nullable String fingerprint,
      @Nullable String kernels,
      List<Row> processes,
      long memoryBytes) {}

  private final Console console;
  private final Home home;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  Status(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    Optional<Cluster> running = new Startup(home.installation()).running();
    if (running.isEmpty()) {
      if (json) {
        console.out().println(Json.of(new Report("down", null, null, null, List.of(), 0)));
      } else {
        console.note("nothing runs for " + home.directory() + ": ./bessemer up");
      }
      return Exit.NOT_FOUND.code();
    }
    Report report = report(running.get());
    if (json) {
      console.out().println(Json.of(report));
    } else {
      print(report);
    }
    return Exit.OK.code();
  }

  private static Report report(Cluster cluster) {
    List<Row> rows = new ArrayList<>();
    for (PartState part : cluster.parts()) {
      rows.add(row(part.name(), state(part), part.process(), part, ProcessMemory::treeBytes));
    }
    var self = new PartState("supervisor", PartState.Phase.READY, null, null, 0, null, Map.of());
    rows.add(row("supervisor", "running", cluster.supervisor(), self, ProcessMemory::bytes));
    long memory = rows.stream().mapToLong(r -> r.memoryBytes() == null ? 0 : r.memoryBytes()).sum();
    return new Report(
        cluster.phase().name().toLowerCase(Locale.ROOT),
        cluster.url(),
        cluster.fingerprint(),
        kernels(cluster),
        rows,
        memory);
  }

  private static @Nullable String kernels(Cluster cluster) {
    return cluster.parts().stream()
        .filter(part -> part.name().equals("inference-service"))
        .map(part -> part.ports().get("management"))
        .filter(Objects::nonNull)
        .findFirst()
        .flatMap(Health::kernels)
        .orElse(null);
  }

  private static Row row(
      String name,
      String state,
      @Nullable ProcessMark process,
      PartState part,
      Function<ProcessHandle, Long> memory) {
    Optional<ProcessHandle> alive = Optional.ofNullable(process).flatMap(ProcessMark::alive);
    return new Row(
        name,
        state,
        alive.map(ProcessHandle::pid).orElse(null),
        process == null || alive.isEmpty()
            ? null
            : Duration.between(process.started(), Clock.systemUTC().instant()).toSeconds(),
        part.restarts(),
        alive.map(memory).orElse(null),
        new TreeMap<>(part.ports()),
        part.note());
  }

  static String state(PartState part) {
    return switch (part.phase()) {
      case PENDING -> "pending";
      case STARTING -> "starting";
      case READY -> {
        Integer management = part.ports().get("management");
        yield management == null || Health.isUp(management) ? "running" : "not answering";
      }
      case WAITING -> "restarting";
      case STOPPING -> "stopping";
      case STOPPED -> "stopped";
    };
  }

  private void print(Report report) {
    var table = new Table().row("PROCESS", "STATE", "PID", "UP", "RESTARTS", "MEMORY", "PORTS");
    for (Row row : report.processes()) {
      table.row(
          row.name(),
          row.state(),
          row.pid() == null ? "-" : row.pid(),
          row.uptimeSeconds() == null ? "-" : uptime(row.uptimeSeconds()),
          row.restarts(),
          row.memoryBytes() == null ? "-" : Sizes.bytes(row.memoryBytes()),
          ports(row.ports()));
    }
    console.out().print(table);
    for (Row row : report.processes()) {
      if (row.note() != null) {
        console.out().println(row.name() + ": " + row.note());
      }
    }
    console.out().println();
    console
        .out()
        .printf("%s   %s   %s%n", report.state(), report.url(), Sizes.bytes(report.memoryBytes()));
    if (report.kernels() != null) {
      console.out().println("kernels " + report.kernels());
    }
    if (report.fingerprint() != null) {
      console.out().println("certificate SHA-256 " + report.fingerprint());
    }
  }

  private static String uptime(long seconds) {
    Duration up = Duration.ofSeconds(seconds);
    if (up.toDays() > 0) {
      return "%d d %d h".formatted(up.toDays(), up.toHoursPart());
    }
    return up.toHours() > 0
        ? "%d h %d min".formatted(up.toHours(), up.toMinutesPart())
        : up.toMinutes() > 0
            ? "%d min %d s".formatted(up.toMinutes(), up.toSecondsPart())
            : seconds + " s";
  }

  private static String ports(Map<String, Integer> ports) {
    List<String> words = new ArrayList<>();
    ports.forEach((name, port) -> words.add(name.equals("port") ? "" + port : name + " " + port));
    return String.join(", ", words.reversed());
  }
}
