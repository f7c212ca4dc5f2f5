package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which files make up a checkpoint.
sealed interface CheckpointFiles {

  /// One file with all tensors.
  record Single(Path file) implements CheckpointFiles {}

  /// Files named by an index, which lie beside it.
  record Sharded(Path index) implements CheckpointFiles {}

  /// @throws java.nio.file.NoSuchFileException if there is no such file or directory
  static CheckpointFiles find(Path fileOrDirectory) throws IOException {
    fileOrDirectory.getFileSystem().provider().checkAccess(fileOrDirectory);
    if (Files.isDirectory(fileOrDirectory)) {
      return inDirectory(fileOrDirectory);
    }
    return fileOrDirectory.getFileName().toString().endsWith(".index.json")
        ? new Sharded(fileOrDirectory)
        : new Single(fileOrDirectory);
  }

  private static CheckpointFiles inDirectory(Path directory) throws IOException {
    for (String name : List.of("model.safetensors", "pytorch_model.bin")) {
      Path index = directory.resolve(name + ".index.json");
      if (Files.exists(index)) {
        return new Sharded(member(index));
      }
      Path file = directory.resolve(name);
      if (Files.exists(file)) {
        return new Single(member(file));
      }
    }
    return new Single(member(onlyPt(directory).orElseThrow(() -> nothing(directory))));
  }

  private static Optional<Path> onlyPt(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.pt")) {
      files.forEach(found::add);
    }
    if (found.size() > 1) {
      throw new BadCheckpointException(
          directory, "holds " + found.size() + " .pt files; name the one to open");
    }
    return found.stream().findFirst();
  }

  private static BadCheckpointException nothing(Path directory) {
    return new BadCheckpointException(
        directory,
        "holds none of model.safetensors.index.json, model.safetensors,"
            + " pytorch_model.bin.index.json, pytorch_model.bin and *.pt;"
            + " download the weights or name a file");
  }

  /// `file` itself, after a look at where it leads if it is a symbolic link.
  static Path member(Path file) throws IOException {
    Path root = file.toAbsolutePath().resolveSibling("").toRealPath();
    Path real = file.toRealPath();
    if (!real.startsWith(root) && !blobs(root).filter(real::startsWith).isPresent()) {
      throw new BadCheckpointException(
          file,
          "leads to %s, outside of its directory; put the file itself there"
              .formatted(quoted(real.toString())));
    }
    if (!Files.isRegularFile(real)) {
      throw new BadCheckpointException(file, "is no regular file");
    }
    return file;
  }

  /// Where a Hugging Face cache keeps what `<repository>/snapshots/<revision>` links to.
  private static Optional<Path> blobs(Path directory) {
    return Optional.ofNullable(directory.getParent())
        .filter(parent -> parent.endsWith("snapshots"))
        .map(snapshots -> snapshots.resolveSibling("blobs"));
  }
}
