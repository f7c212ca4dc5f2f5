package bessemer.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The command line with its streams caught and a home of its own.
final class Session {
  static final Path GOLDENS = Path.of("../libs/models/src/test/resources/goldens");
  static final Path EXAMPLES = Path.of("../examples");

  /// What a command did.
  record Done(int code, String out, String err) {}

  private final Path folder;
  private Map<String, String> environment = Map.of();

  Session(Path folder) {
    this.folder = folder;
  }

  /// Talks to a cluster as if `up` had started it for this home.
  Session own(FakeGateway gateway) throws IOException {
    Files.createDirectories(at("home"));
    Files.writeString(
        at("home").resolve("cluster.json"), "{\"url\":\"%s\"}".formatted(gateway.url()));
    Files.writeString(at("home").resolve("admin.key"), FakeGateway.KEY + "\n");
    return this;
  }

  /// Talks to a cluster elsewhere.
  Session remote(FakeGateway gateway) {
    environment = Map.of("BESSEMER_URL", gateway.url() + "/", "BESSEMER_KEY", FakeGateway.KEY);
    return this;
  }

  Path at(String name) {
    return folder.resolve(name);
  }

  Done run(Object... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false);
    String[] words = Stream.of(arguments).map(String::valueOf).toArray(String[]::new);
    int code = Bessemer.run(console, new Home(at("home")), environment, words);
    return new Done(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /// A copy of a golden checkpoint that a test may damage; its pack goes along.
  Path copy(String golden) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(golden));
    try (Stream<Path> files = Files.list(GOLDENS.resolve(golden))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName().toString()));
      }
    }
    return copy;
  }

  /// Names in a folder, hidden ones included.
  List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
