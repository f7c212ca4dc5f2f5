package bessemer.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A model as users name it: a directory, or the name it was converted under.
final class ModelArgument {
  private ModelArgument() {}

  /// @throws CommandException if there is neither
  static Path resolve(String model, Home home) {
    Path directory = Path.of(model);
    if (Files.isDirectory(directory)) {
      return directory;
    }
    if (isName(model) && Files.isDirectory(home.models().resolve(model))) {
      return home.models().resolve(model);
    }
    throw new CommandException(
        Exit.NOT_FOUND,
        "there is no model %s: neither a directory nor a name that `bessemer list models` shows"
            .formatted(model));
  }

  /// Where a model of this name lies, or will lie.
  ///
  /// @throws CommandException if no model can be called so
  static Path named(String name, Home home) throws IOException {
    if (!isName(name)) {
      throw new CommandException(
          Exit.USAGE,
          "a model cannot be called \"%s\": use a-z, 0-9, dot, dash, underscore".formatted(name));
    }
    Files.createDirectories(home.models());
    return home.models().resolve(name);
  }

  private static boolean isName(String text) {
    return text.matches("[a-z0-9_-][a-z0-9._-]{0,63}");
  }
}
