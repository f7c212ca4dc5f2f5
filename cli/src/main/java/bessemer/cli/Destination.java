package bessemer.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where results go when the work is done. What would be wrong with it then is said before it
/// begins.
final class Destination {
  private Destination() {}

  /// @param file to be written; null for none
  /// @throws CommandException if it cannot be
  static void requireFile(@Nullable Path file) {
    if (file == null) {
      return;
    }
    if (Files.isDirectory(file)) {
      throw new CommandException(Exit.USAGE, file + " is a directory: name a file in it");
    }
    Path parent = parent(file);
    if (!Files.isDirectory(parent)) {
      throw new CommandException(
          Exit.NOT_FOUND, "%s cannot be written: there is no directory %s".formatted(file, parent));
    }
    requireWritable(file, Files.exists(file) ? file : parent);
  }

  /// @param directory to be made where it is missing; null for none
  /// @throws CommandException if it cannot be, or nothing can be written there
  static void requireDirectory(@Nullable Path directory) {
    if (directory == null) {
      return;
    }
    Path there = directory.toAbsolutePath();
    while (!Files.exists(there)) {
      there = parent(there);
    }
    if (!Files.isDirectory(there)) {
      throw new CommandException(
          Exit.USAGE, "%s cannot be a directory: %s is a file".formatted(directory, there));
    }
    requireWritable(directory, there);
  }

  private static Path parent(Path file) {
    Path whole = file.toAbsolutePath();
    return whole.getParent() == null ? whole : whole.getParent();
  }

  private static void requireWritable(Path named, Path there) {
    if (!Files.isWritable(there)) {
      throw new CommandException(
          Exit.FAILED, "%s cannot be written: no access to %s".formatted(named, there));
    }
  }
}
