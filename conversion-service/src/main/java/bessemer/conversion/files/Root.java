package bessemer.conversion.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A directory that names are resolved in. Whatever the names are, nothing outside of it is
/// reached: each must be one plain name, and no link below the root is followed.
public final class Root {
  private final Path directory;

  public Root(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
  }

  public Path directory() {
    return directory;
  }

  /// The place of `names`, one below the other; it need not exist.
  ///
  /// @throws IllegalArgumentException if one of them is more than a name
  public Path resolve(String... names) {
    Path place = directory;
    for (String name : names) {
      place = child(place, name);
    }
    if (!place.normalize().equals(place) || !place.startsWith(directory)) {
      throw refused(String.join("/", names));
    }
    return place;
  }

  private static Path child(Path parent, String name) {
    Path child;
    try {
      child = parent.resolve(name);
    } catch (InvalidPathException e) {
      throw refused(name);
    }
    boolean plain =
        child.getNameCount() == parent.getNameCount() + 1
            && child.startsWith(parent)
            && name.equals(String.valueOf(child.getFileName()))
            && name.indexOf('\\') < 0
            && !name.equals(".")
            && !name.equals("..");
    if (!plain) {
      throw refused(name);
    }
    return child;
  }

  /// The regular file of `names`, if it is there and no part of the way is a link.
  ///
  /// @throws IllegalArgumentException if one of them is more than a name
  public Optional<Path> file(String... names) throws IOException {
    Path file = resolve(names);
    for (Path at = file; !at.equals(directory); at = parent(at)) {
      if (Files.isSymbolicLink(at)) {
        return Optional.empty();
      }
    }
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        ? Optional.of(file)
        : Optional.empty();
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalStateException(path + " has no parent");
    }
    return parent;
  }

  /// The names of the directories in the root, links to directories left out.
  public List<String> directories() throws IOException {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        for (Path entry : entries) {
          if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            names.add(String.valueOf(entry.getFileName()));
          }
        }
      }
    }
    return names;
  }

  /// Removes a directory of the root and all that is in it, links themselves and not what they lead
  /// to; nothing happens where there is none.
  public void delete(String name) throws IOException {
    Path tree = resolve(name);
    if (!Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
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
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(dir);
            return FileVisitResult.CONTINUE;
          }
        });
    sync(directory);
  }

  /// Makes renames in a directory outlast a power cut, where the system can.
  public static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory)) {
      channel.force(true);
    }
  }

  private static IllegalArgumentException refused(String name) {
    return new IllegalArgumentException(
        "'%s' is not a plain name of a file".formatted(name.replace('\0', '?')));
  }
}
