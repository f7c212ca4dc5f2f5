package bessemer.evaluation;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where attempts of jobs write, below `evaluations` in the home of the installation:
/// `<job>.<epoch>` each, so that one that lost its claim can do no harm. In it lie the chunks of
/// translations while the job runs, and the report once it is done.
public record EvaluationFolders(Path root) {
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.[0-9]{1,9}");
  private static final String CHUNKS = "chunks";

  public static EvaluationFolders in(Path home) {
    return new EvaluationFolders(home.resolve("evaluations"));
  }

  public static String name(UUID job, int epoch) {
    return job + "." + epoch;
  }

  /// @throws IllegalArgumentException if an attempt's folder cannot be called so
  public Path attempt(String name) {
    job(name);
    return root.resolve(name);
  }

  /// Whose folder it is.
  public static UUID job(String name) {
    var matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'%s' is no folder of an attempt".formatted(name));
    }
    return UUID.fromString(matcher.group(1));
  }

  public Path chunks(String attempt) {
    return attempt(attempt).resolve(CHUNKS);
  }

  /// All attempts that have a folder.
  public List<String> attempts() throws IOException {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(root)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(root)) {
        for (Path folder : found) {
          String name = String.valueOf(folder.getFileName());
          if (NAME.matcher(name).matches()) {
            names.add(name);
          }
        }
      }
    }
    return names;
  }

  /// Removes what attempts of the job left: all folders but one, and of that one the chunks.
  public void removeAllBut(UUID job, @Nullable String kept) throws IOException {
    for (String name : attempts()) {
      if (job(name).equals(job)) {
        remove(name.equals(kept) ? chunks(name) : attempt(name));
      }
    }
  }

  private static void remove(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      return;
    }
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
