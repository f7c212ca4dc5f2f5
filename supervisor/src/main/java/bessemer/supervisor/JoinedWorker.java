package bessemer.supervisor;

import java.nio.file.Path;
import java.util.List;

/// An inference worker of another machine's cluster: one process in the foreground, no supervisor.
public final class JoinedWorker {
  private JoinedWorker() {}

  /// The command of its process.
  public static List<String> command(Installation installation, Settings settings) {
    return new Services(installation, settings, false).command(Services.INFERENCE);
  }

  /// What it keeps of the cluster that it joined: apart from the keys of a cluster that runs in the
  /// same home.
  public static Path directory(Installation installation) {
    return installation.home().resolve("joined");
  }
}
