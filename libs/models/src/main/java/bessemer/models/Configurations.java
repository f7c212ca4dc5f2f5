package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The configuration of a model's directory: `config.json`, or what a PyTorch file says of itself.
public final class Configurations {
  private static final String FILE = "config.json";

  private Configurations() {}

  /// @throws BadCheckpointException if there is none
  public static ConfigJson of(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (Files.exists(file)) {
      return LingoLiteFile.named(ConfigJson.read(file));
    }
    return found(directory)
        .orElseThrow(
            () -> new BadCheckpointException(file, "is missing; download it beside the weights"));
  }

  private static Optional<ConfigJson> found(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.{pt,bin}")) {
      if (!files.iterator().hasNext()) {
        return Optional.empty();
      }
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      return LingoLiteFile.config(checkpoint);
    }
  }
}
