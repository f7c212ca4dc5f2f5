package bessemer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Where one installation lives.
///
/// @param home what it owns: data, keys, logs (`$BESSEMER_HOME`)
/// @param root what it runs: the built modules, read only
public record Installation(Path home, Path root) {
  public Installation {
    home = home.toAbsolutePath().normalize();
    root = root.toAbsolutePath().normalize();
  }

  /// What runs, for everybody who asks; written by the supervisor alone.
  public Path clusterFile() {
    return home.resolve("cluster.json");
  }

  /// Settings that outlive the terminal, `NAME=value` like the environment.
  public Path settingsFile() {
    return home.resolve("bessemer.properties");
  }

  public Path logs() {
    return home.resolve("logs");
  }

  public Path log(String part) {
    return logs().resolve(part + ".log");
  }

  /// The first administrator's key, written by the gateway.
  public Path adminKey() {
    return home.resolve("admin.key");
  }

  public Path keys() {
    return home.resolve("keys");
  }

  public Path postgres() {
    return home.resolve("postgres");
  }

  public Path cache() {
    return home.resolve("cache");
  }

  /// Files of the models in the catalogue.
  public Path catalogue() {
    return home.resolve("catalogue");
  }

  /// Held by the supervisor as long as it lives.
  Path lock() {
    return home.resolve("supervisor.lock");
  }

  /// The jars of a module as a class path.
  public Path app(String module) {
    return root.resolve(module).resolve("target").resolve("app");
  }

  /// Makes a directory that only its owner may enter.
  public static Path ownDirectory(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(directory, mode); // also when somebody else does at the same time
    return directory;
  }
}
