package bessemer.supervisor;

import bessemer.supervisor.process.Leftovers;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.ProcessMark;
import bessemer.supervisor.process.SupervisorException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Starts and stops the supervisor from another process, and follows what it writes down.
public final class Startup {
  private static final Duration GLANCE = Duration.ofMillis(50);

  /// @param already whether it ran before
  public record Outcome(Cluster cluster, boolean already) {}

  private final Installation installation;
  private final Function<Listen, List<String>> supervisor;

  public Startup(Installation installation) {
    this(installation, listen -> supervisor(installation, listen));
  }

  /// @param supervisor the command of its process
  Startup(Installation installation, Function<Listen, List<String>> supervisor) {
    this.installation = installation;
    this.supervisor = supervisor;
  }

  private static List<String> supervisor(Installation installation, Listen listen) {
    List<String> command = new ArrayList<>(JavaCommand.supervisor(installation.app("supervisor")));
    command.addAll(List.of("run", installation.home().toString(), installation.root().toString()));
    command.addAll(List.of(listen.address().getHostAddress(), Integer.toString(listen.port())));
    return command;
  }

  /// What runs; empty when nothing does.
  public Optional<Cluster> running() throws IOException {
    return Cluster.read(installation.clusterFile()).filter(found -> found.running().isPresent());
  }

  /// Starts everything and waits for it.
  ///
  /// @param progress told every state of a part that is new
  public Outcome up(Listen listen, Duration limit, Consumer<PartState> progress)
      throws IOException, InterruptedException {
    Optional<Cluster> before = running();
    if (before.isPresent() && before.get().phase() == Cluster.Phase.UP) {
      return new Outcome(before.get(), true);
    }
    @Nullable Process own = before.isPresent() ? null : spawn(listen);
    return new Outcome(follow(own, limit, progress), false);
  }

  private Cluster follow(@Nullable Process own, Duration limit, Consumer<PartState> progress)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    List<PartState> seen = new ArrayList<>();
    @Nullable ProcessMark followed = own == null ? null : ProcessMark.of(own.toHandle());
    while (System.nanoTime() < deadline) {
      boolean ended = own != null && !own.isAlive(); // before reading: then its last words count
      Optional<Cluster> now = Cluster.read(installation.clusterFile());
      @Nullable ProcessMark mark = now.map(Cluster::supervisor).orElse(null);
      if (now.isPresent() && mark != null) {
        boolean alive = mark.alive().isPresent();
        if (alive || mark.equals(followed)) {
          followed = mark;
          tell(now.get().parts(), seen, progress);
        }
        if (alive && now.get().phase() == Cluster.Phase.UP) {
          return now.get();
        }
        if (mark.equals(followed) && !alive) {
          throw failed(now.get());
        }
      }
      if (ended && own != null && own.exitValue() != Supervisor.ANOTHER_RUNS) {
        throw new SupervisorException(
            "the supervisor ended with code %d; its last words:\n%s"
                .formatted(own.exitValue(), LogTail.of(errors(), 20)));
      }
      Thread.sleep(GLANCE);
    }
    throw new SupervisorException(
        "not ready within %d s; see ./bessemer status and ./bessemer logs"
            .formatted(limit.toSeconds()));
  }

  private static void tell(
      List<PartState> parts, List<PartState> seen, Consumer<PartState> progress) {
    for (PartState part : parts) {
      if (!seen.contains(part)) {
        seen.removeIf(old -> old.name().equals(part.name()));
        seen.add(part);
        progress.accept(part);
      }
    }
  }

  private SupervisorException failed(Cluster last) throws IOException {
    Cluster.@Nullable Problem problem = last.problem();
    if (problem == null) {
      return new SupervisorException(
          "the supervisor ended before everything was ready; its last words:\n"
              + LogTail.of(errors(), 20));
    }
    String log =
        problem.part() == null
            ? ""
            : "\nlast lines of %s:\n%s"
                .formatted(
                    installation.log(problem.part()),
                    LogTail.of(installation.log(problem.part()), 20));
    return new SupervisorException(problem.message() + log);
  }

  private Path errors() {
    return installation.logs().resolve("supervisor.err");
  }

  /// A process that survives the terminal: no signal of it reaches a session of its own.
  private Process spawn(Listen listen) throws IOException {
    Installation.ownDirectory(installation.home());
    Installation.ownDirectory(installation.logs());
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", DETACHED, "sh"));
    command.addAll(supervisor.apply(listen));
    File errors = errors().toFile();
    Files.deleteIfExists(errors.toPath());
    return new ProcessBuilder(command)
        .directory(installation.home().toFile())
        .redirectInput(new File("/dev/null"))
        .redirectErrorStream(true)
        .redirectOutput(errors)
        .start();
  }

  /// `exec` keeps the process id, so that its end is seen. Without `setsid`, as on a Mac, ignored
  /// signals do.
  private static final String DETACHED =
      """
      trap '' INT QUIT
      if command -v setsid >/dev/null; then exec setsid nohup "$@"; else exec nohup "$@"; fi
      """;

  /// Asks the supervisor to stop everything and waits for that.
  ///
  /// @return what ran; empty when nothing did
  public Optional<Cluster> down(Duration limit) throws IOException, InterruptedException {
    Optional<Cluster> running = running();
    ProcessMark supervisor = running.map(Cluster::supervisor).orElse(null);
    if (supervisor != null) {
      supervisor.alive().ifPresent(ProcessHandle::destroy);
      if (!Leftovers.ended(supervisor, limit)) {
        throw new SupervisorException(
            "the supervisor (process %d) did not end within %d s; see %s"
                .formatted(supervisor.pid(), limit.toSeconds(), installation.log("supervisor")));
      }
    }
    return running;
  }
}
