package bessemer.supervisor.postgres;

import bessemer.supervisor.process.SupervisorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// PostgreSQL refuses to run as root. In a user namespace of its own it sees itself as nobody and
/// still owns its files, so nothing has to change hands.
final class Account {
  private static final List<String> NAMESPACE = List.of("unshare", "-U");

  private Account() {}

  /// What comes before every command of PostgreSQL.
  static List<String> prefix() {
    if (!isRoot()) {
      return List.of();
    }
    if (!canUnshare()) {
      throw new SupervisorException(
          "PostgreSQL refuses to run as root, and this system does not allow user namespaces"
              + " (unshare -U): run bessemer as an ordinary user, or name a server of your own with"
              + " BESSEMER_DATABASE_URL");
    }
    return NAMESPACE;
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid
          && uid == 0;
    } catch (IOException noProc) {
      return System.getProperty("user.name").equals("root");
    }
  }

  private static boolean canUnshare() {
    try {
      Process test =
          new ProcessBuilder("unshare", "-U", "true")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return test.waitFor(10, TimeUnit.SECONDS) && test.exitValue() == 0;
    } catch (IOException noSuchProgram) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
