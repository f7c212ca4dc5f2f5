package bessemer.cli;

import bessemer.foundry.doctor.Check;
import bessemer.supervisor.Startup;
import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.cpu.CpuKernels;
import bessemer.tensor.mlx.MlxStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Checks what this machine has, and whether Bessemer computes right on it.",
      "A self-check of some seconds on each backend, to be pasted into an issue. Exit code 1 if a",
      "check failed."
    })
final class Doctor implements Callable<Integer> {
  private final Console console;
  private final Home home;

  /// Instead of this machine's backends; null for those.
  private final @Nullable List<Examination> given;

  @Mixin private final Threads threads = new Threads();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  Doctor(Console console, Home home) {
    this(console, home, null);
  }

  Doctor(Console console, Home home, @Nullable List<Examination> given) {
    this.console = console;
    this.home = home;
    this.given = given;
  }

  @Override
  public Integer call() throws IOException {
    MlxStatus mlx = MlxStatus.now();
    Path examples = Path.of(System.getProperty("bessemer.root", "")).resolve("examples");
    List<Diagnosis.Backend> backends = new ArrayList<>();
    for (Examination examination : given != null ? given : examinations(mlx)) {
      console.note("checking " + examination.name() + " ...");
      backends.add(examination.run(examples));
    }
    boolean healthy =
        backends.stream().flatMap(backend -> backend.checks().stream()).allMatch(Check::passed);
    String version = new Version().getVersion()[0];
    var diagnosis =
        new Diagnosis(
            healthy,
            version,
            Machine.read(),
            CpuKernels.describe(),
            describe(mlx),
            disk(),
            cluster(),
            backends);
    if (json) {
      console.out().println(Json.of(diagnosis));
    } else {
      print(diagnosis);
    }
    return healthy ? Exit.OK.code() : Exit.FAILED.code();
  }

  private List<Examination> examinations(MlxStatus mlx) {
    List<Examination> all = new ArrayList<>();
    all.add(examination("cpu", BackendName.CPU));
    if (mlx instanceof MlxStatus.Usable) {
      all.add(examination("mlx", BackendName.MLX));
    }
    return all;
  }

  private Examination examination(String name, BackendName backend) {
    return new Examination(
        name,
        new EngineChoice(backend, threads.count(), true)::engine,
        new EngineChoice(backend, threads.count(), false)::engine);
  }

  private static Diagnosis.Mlx describe(MlxStatus mlx) {
    return switch (mlx) {
      case MlxStatus.Unusable(String reason) ->
          new Diagnosis.Mlx(reason, null, null, null, false, null, null);
      case MlxStatus.Usable u ->
          new Diagnosis.Mlx(
              null,
              u.library(),
              u.version(),
              u.device().orElse(null),
              u.metal(),
              orNull(u.memoryBytes()),
              orNull(u.recommendedBytes()));
    };
  }

  private static @Nullable Long orNull(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  /// Of the home, or of the nearest folder above it that is there.
  private Diagnosis.Disk disk() throws IOException {
    Path folder = home.directory().toAbsolutePath();
    while (!Files.exists(folder) && folder.getParent() != null) {
      folder = folder.getParent();
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    return new Diagnosis.Disk(home.directory().toString(), free);
  }

  private Diagnosis.Cluster cluster() throws IOException {
    var running = new Startup(home.installation()).running();
    if (running.isEmpty()) {
      return new Diagnosis.Cluster("down", Map.of());
    }
    Map<String, String> processes = new TreeMap<>();
    running.get().parts().forEach(part -> processes.put(part.name(), Status.state(part)));
    String phase = running.get().phase().name().toLowerCase(Locale.ROOT);
    return new Diagnosis.Cluster(phase, processes);
  }

  private void print(Diagnosis d) {
    PrintStream out = console.out();
    Machine m = d.machine();
    out.println(d.version());
    out.println("java     " + m.java());
    out.println("system   " + m.os());
    out.printf("cpu      %s, %d processors%n", m.cpu(), m.processors());
    out.println("         " + String.join(" ", m.features()));
    out.println("kernels  " + d.kernels());
    out.printf(
        "memory   %s, %s available%n",
        Sizes.bytes(m.memoryBytes()), Sizes.bytes(m.availableBytes()));
    out.printf("home     %s, %s free%n", d.home().directory(), Sizes.bytes(d.home().freeBytes()));
    List<String> parts = new ArrayList<>();
    d.cluster().processes().forEach((name, state) -> parts.add(name + " " + state));
    out.println(
        "cluster  "
            + d.cluster().state()
            + (parts.isEmpty() ? "" : ": ")
            + String.join(", ", parts));
    out.println("mlx      " + words(d.mlx()));
    d.backends().forEach(this::print);
    out.println();
    out.println(d.healthy() ? "all checks passed" : "SOME CHECKS FAILED");
  }

  private static String words(Diagnosis.Mlx mlx) {
    if (mlx.problem() != null) {
      return mlx.problem();
    }
    return "%s from %s, %s%s%s"
        .formatted(
            mlx.version(),
            mlx.library(),
            mlx.metal() ? "Metal on " + mlx.device() : "no Metal, on " + mlx.device(),
            mlx.memoryBytes() == null ? "" : ", " + Sizes.bytes(mlx.memoryBytes()),
            mlx.recommendedBytes() == null
                ? ""
                : ", " + Sizes.bytes(mlx.recommendedBytes()) + " for the graphics unit");
  }

  private void print(Diagnosis.Backend backend) {
    PrintStream out = console.out();
    out.println();
    out.println(console.strong(backend.name()) + "  " + backend.kernels());
    var table = new Table();
    for (Check check : backend.checks()) {
      table.row("  " + (check.passed() ? "ok" : "FAILED"), check.name(), check.detail());
    }
    out.print(table);
    if (backend.tokensPerSecond() != null) {
      out.printf(
          Locale.ROOT, "  the bundled model decodes %.0f tok/s%n", backend.tokensPerSecond());
    }
    out.printf(Locale.ROOT, "  took %.1f s%n", backend.seconds());
  }
}
