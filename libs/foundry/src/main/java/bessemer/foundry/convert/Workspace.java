package bessemer.foundry.convert;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a result grows: a hidden directory beside the output, `.<name>.bessemer-partial`.
///
/// | file              | holds                                                             |
/// |-------------------|-------------------------------------------------------------------|
/// | `inspection.json` | what the source is                                                |
/// | `plan.json`       | what is made of it; another plan makes the shards worthless       |
/// | `manifest.json`   | the shards that are complete, with their SHA-256                  |
/// | `model/`          | the result; renamed to the output at the end, in one step         |
/// | `replaced/`       | the former output, between two renames                            |
final class Workspace implements AutoCloseable {
  private final Path output;
  private final Path directory;
  private final WorkspaceLock lock;

  private Workspace(Path output, Path directory, WorkspaceLock lock) {
    this.output = output;
    this.directory = directory;
    this.lock = lock;
  }

  static Path directoryFor(Path output) {
    return output.resolveSibling("." + output.getFileName() + ".bessemer-partial");
  }

  static Workspace open(Path output, boolean replace) throws IOException {
    Path directory = directoryFor(output);
    WorkspaceLock lock = WorkspaceLock.take(directory, output);
    var workspace = new Workspace(output, directory, lock);
    try {
      workspace.putBackReplaced();
      workspace.requireRoom(replace);
      return workspace;
    } catch (Throwable t) {
      workspace.removeIfUnused();
      workspace.close();
      throw t;
    }
  }

  Path model() {
    return directory.resolve("model");
  }

  Path directory() {
    return directory;
  }

  private Path manifestFile() {
    return directory.resolve("manifest.json");
  }

  private Path planFile() {
    return directory.resolve("plan.json");
  }

  private Path replaced() {
    return directory.resolve("replaced");
  }

  /// Without its former output a replacement that was killed half-way would leave nothing.
  private void putBackReplaced() throws IOException {
    if (Files.exists(replaced()) && !Files.exists(output)) {
      Files.move(replaced(), output, StandardCopyOption.ATOMIC_MOVE);
    }
    delete(replaced());
  }

  private void requireRoom(boolean replace) throws IOException {
    if (!Files.exists(output)) {
      return;
    }
    if (!replace) {
      throw new BadRequestException(
          output + " exists; name another output or ask to replace it (--replace)");
    }
    if (!Files.exists(output.resolve(Lineage.FILE))) {
      throw new BadRequestException(
          ("%s holds no %s, so it is not a result of a conversion and will not be replaced;"
                  + " remove it yourself")
              .formatted(output, Lineage.FILE));
    }
  }

  private void removeIfUnused() throws IOException {
    if (!Files.exists(planFile())) {
      delete(directory);
    }
  }

  void write(Inspection inspection) throws IOException {
    JsonFiles.write(directory.resolve("inspection.json"), inspection);
  }

  /// Takes up what an interrupted run with the same plan left, or starts afresh.
  ///
  /// @return whether something had to be thrown away
  boolean begin(Plan plan) throws IOException {
    byte[] wanted = JsonFiles.bytes(plan);
    boolean same =
        Files.exists(planFile()) && Arrays.equals(wanted, Files.readAllBytes(planFile()));
    boolean other = Files.exists(planFile()) && !same;
    if (!same) {
      Files.deleteIfExists(manifestFile());
      delete(model());
      JsonFiles.write(planFile(), wanted);
    }
    Files.createDirectories(model());
    removeParts();
    return other;
  }

  private void removeParts() throws IOException {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(model(), "*.part")) {
      for (Path part : parts) {
        Files.delete(part);
      }
    }
  }

  Plan plan() throws IOException {
    return JsonFiles.read(planFile(), Plan.class);
  }

  Manifest manifest() throws IOException {
    return Files.exists(manifestFile())
        ? JsonFiles.read(manifestFile(), Manifest.class)
        : new Manifest(List.of());
  }

  /// Records a shard that was written to [#part(String)] and is on the disk.
  ///
  /// @return where it lies now
  Path complete(Manifest.Done done) throws IOException {
    Path file = model().resolve(done.file());
    Files.move(part(done.file()), file, StandardCopyOption.ATOMIC_MOVE);
    JsonFiles.write(manifestFile(), manifest().with(done));
    return file;
  }

  /// Takes over what other workspaces finished, by hard links: their owner, should it still live,
  /// writes only under other names. [#isComplete] then looks whether the contents are right.
  void adopt(List<Ledger.Finished> finished) throws IOException {
    for (Ledger.Finished shard : finished) {
      Path file = model().resolve(shard.file());
      if (manifest().find(shard.file()).isEmpty() && Files.exists(shard.path())) {
        Files.deleteIfExists(file);
        Files.createLink(file, shard.path());
        var done = new Manifest.Done(shard.file(), shard.bytes(), shard.sha256());
        JsonFiles.write(manifestFile(), manifest().with(done));
      }
    }
  }

  /// Where a shard is written before it is complete.
  Path part(String file) {
    return model().resolve(file + ".part");
  }

  /// Whether the manifest has this shard and the file still is what it says.
  boolean isComplete(ShardPlan shard) throws IOException {
    Optional<Manifest.Done> done = manifest().find(shard.file());
    Path file = model().resolve(shard.file());
    if (done.isEmpty() || !Files.exists(file)) {
      return false;
    }
    boolean same =
        Files.size(file) == done.get().bytes() && FileHash.sha256(file).equals(done.get().sha256());
    if (!same) {
      Files.delete(file);
      JsonFiles.write(manifestFile(), manifest().without(shard.file()));
    }
    return same;
  }

  /// Renames the result to the output and removes everything else.
  void publish() throws IOException {
    if (Files.exists(output)) {
      Files.move(output, replaced(), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(model(), output, StandardCopyOption.ATOMIC_MOVE);
    remove();
  }

  /// Leaves nothing behind.
  void remove() throws IOException {
    putBackReplaced();
    delete(directory);
  }

  private static void delete(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
              throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Lets the next run in; what is there stays.
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
