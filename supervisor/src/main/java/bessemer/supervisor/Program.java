package bessemer.supervisor;

import bessemer.supervisor.process.SupervisorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The supervisor's program as a command: what needs a database driver is done in a process of its
/// own, so that the command line starts without one.
public final class Program {
  private final Installation installation;

  public Program(Installation installation) {
    this.installation = installation;
  }

  /// @param models whether the models' files go along
  /// @return what was done
  public String backup(Path file, boolean models) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(file.toAbsolutePath().toString()));
    if (models) {
      words.add("models");
    }
    return run("backup", words);
  }

  /// @param replace whether what is there may be deleted
  /// @return what was done
  public String restore(Path file, boolean models, boolean replace)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(file.toAbsolutePath().toString()));
    if (models) {
      words.add("models");
    }
    if (replace) {
      words.add("replace");
    }
    return run("restore", words);
  }

  private String run(String name, List<String> words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(JavaCommand.program(installation.app("supervisor")));
    command.add(name);
    command.addAll(List.of(installation.home().toString(), installation.root().toString()));
    command.addAll(words);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new SupervisorException(said);
    }
    return said;
  }
}
