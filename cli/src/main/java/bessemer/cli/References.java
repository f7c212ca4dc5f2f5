package bessemer.cli;

import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.PythonRecorder;
import bessemer.foundry.parity.RecordingFailedException;
import bessemer.foundry.parity.ReferencePack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/// `--reference`: a pack, or `auto` to record one here with PyTorch.
final class References {
  private static final String AUTO = "auto";
  private static final Duration LIMIT = Duration.ofMinutes(30);

  private References() {}

  /// @param given what the option says; empty without it
  /// @param source the directory that PyTorch would load
  static Reference resolve(String given, Path source, Home home, Console console)
      throws IOException, InterruptedException {
    if (given.isEmpty()) {
      return Reference.none();
    }
    if (!given.equals(AUTO)) {
      return pack(Path.of(given));
    }
    Path root = Path.of(System.getProperty("bessemer.root", ""));
    return switch (PythonRecorder.search(System.getenv(), root, LIMIT)) {
      case PythonRecorder.Search.Missing(String reason) -> new Reference.None(reason);
      case PythonRecorder.Search.Found(PythonRecorder recorder) ->
          record(recorder, source, home, console);
    };
  }

  /// Refuses a pack that is missing or damaged before any work is done for it.
  static void check(String given) throws IOException {
    if (!given.isEmpty() && !given.equals(AUTO)) {
      pack(Path.of(given));
    }
  }

  private static Reference pack(Path directory) throws IOException {
    if (!Files.isRegularFile(directory.resolve("reference.json"))) {
      throw new CommandException(
          Exit.NOT_FOUND,
          directory
              + " is no reference pack: it has no reference.json (made by"
              + " tools/reference/record.py)");
    }
    ReferencePack.open(directory).close(); // reads and checks all of it
    return new Reference.Pack(directory);
  }

  private static Reference record(PythonRecorder recorder, Path source, Home home, Console console)
      throws IOException, InterruptedException {
    console.note("  recording a reference with PyTorch ...");
    Path pack = emptied(home.cache().resolve("references"), source);
    try {
      recorder.record(source.toAbsolutePath(), pack);
      return new Reference.Pack(pack);
    } catch (RecordingFailedException e) {
      return new Reference.None("recording failed: " + e.getMessage());
    }
  }

  /// One place for each name of a source, so that old recordings give way to new ones.
  private static Path emptied(Path references, Path source) throws IOException {
    Path pack = references.resolve(String.valueOf(source.toRealPath().getFileName()));
    Files.createDirectories(pack);
    try (Stream<Path> old = Files.list(pack)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    return pack;
  }
}
