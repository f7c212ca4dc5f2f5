package bessemer.cli;

import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Adapters to use a model with.
final class AdapterOption {
  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "Low-rank adapters, of `train lora` or mlx-lm.")
  private @Nullable Path adapter;

  /// @throws CommandException if adapters are chosen for a model of the services
  void requireLocal(boolean here) {
    if (adapter != null && !here) {
      throw new CommandException(
          Exit.USAGE,
          "--adapter works in this process only: add --local, or fuse adapter and model");
    }
  }

  LoadedModel load(Engine engine, Path directory) throws IOException {
    Path chosen = adapter;
    if (chosen == null) {
      return LoadedModel.load(engine, directory);
    }
    if (!Files.isDirectory(chosen)) {
      throw new CommandException(Exit.NOT_FOUND, "there are no adapters " + chosen);
    }
    return LoadedModel.load(engine, directory, chosen);
  }
}
