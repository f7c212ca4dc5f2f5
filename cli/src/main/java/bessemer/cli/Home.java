package bessemer.cli;

import bessemer.supervisor.Installation;
import java.nio.file.Path;
import java.util.Map;

/// Where this installation keeps what is not in the repository: `$BESSEMER_HOME`, by default
/// `.bessemer` in the user's home.
record Home(Path directory) {

  static Home of(Map<String, String> environment, Path userHome) {
    String set = environment.getOrDefault("BESSEMER_HOME", "");
    return new Home(set.isBlank() ? userHome.resolve(".bessemer") : Path.of(set).toAbsolutePath());
  }

  /// The user's home as the shell sees it; Java's own property ignores `HOME`.
  static Path ofUser(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "");
    return Path.of(home.isBlank() ? System.getProperty("user.home") : home);
  }

  /// Models converted with a name.
  Path models() {
    return directory.resolve("models");
  }

  /// The same as the supervisor sees it: with the built modules beside this program.
  Installation installation() {
    return new Installation(directory, Path.of(System.getProperty("bessemer.root", "")));
  }

  /// Downloads and unpacked native libraries: may be deleted at any time.
  Path cache() {
    return directory.resolve("cache");
  }
}
