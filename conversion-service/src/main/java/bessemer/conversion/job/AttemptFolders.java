package bessemer.conversion.job;

import bessemer.foundry.convert.Ledger;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Where attempts of jobs write, below the root of the catalogue:
///
/// | folder | holds |
/// |---|---|
/// | `<job>.<epoch>` | the result, complete; a row of the catalogue may name it |
/// | `.<job>.<epoch>.bessemer-partial` | what the attempt has so far |
///
/// No two attempts write to one folder, so that one that lost its claim can do no harm.
record AttemptFolders(Path catalogue) {

  Path output(UUID job, int epoch) {
    return catalogue.resolve(name(job, epoch));
  }

  static String name(UUID job, int epoch) {
    return job + "." + epoch;
  }

  /// Where a shard lies that the manifest names: with the result if the attempt got that far.
  ///
  /// @param attempt the name of its folder
  Ledger.Finished finished(String attempt, String file, long bytes, String sha256) {
    Path published = catalogue.resolve(attempt).resolve(file);
    Path partial =
        catalogue.resolve("." + attempt + ".bessemer-partial").resolve("model").resolve(file);
    return new Ledger.Finished(file, Files.exists(published) ? published : partial, bytes, sha256);
  }

  /// Removes what attempts of the job left, except for one.
  void removeAllBut(UUID job, @Nullable Path kept) throws IOException {
    if (!Files.isDirectory(catalogue)) {
      return;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(catalogue, "*" + job + ".*")) {
      for (Path folder : found) {
        if (!folder.equals(kept)) {
          remove(folder);
        }
      }
    }
  }

  /// Removes a result that gave way to another one. A worker that has it in memory keeps its pages.
  void remove(String result) throws IOException {
    Path folder = catalogue.resolve(result);
    if (Files.isDirectory(folder)) {
      remove(folder);
    }
  }

  private static void remove(Path tree) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
