package bessemer.conversion.sources;

import bessemer.contracts.Artifact;
import bessemer.contracts.InvalidFieldException;
import bessemer.conversion.sources.UploadException.Reason;
import bessemer.db.catalogue.Source;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/// Takes files of this machine by their path, for installations that belong to one user on one
/// machine: whoever has a key there may name any file that the user can read, but learns nothing of
/// it, as only a file with the declared size and SHA-256 is taken.
///
/// Large files are hard links where the file system allows it. A link shares its bytes with the
/// user's file, so that a change in place would change the source. Therefore small files are always
/// copied, what a linked file was like when it was checked is written down, and [#unchanged] is
/// asked before a job reads it; a file that looks different is read again in full. Programs that
/// write a new file and rename it, as download tools do, leave the link alone.
final class LocalFiles {
  static final String HEADER = "X-Bessemer-Local-Path";

  private final SourceFolders folders;
  private final Space space;
  private final Arrival arrival;
  private final long linkFrom;

  /// @param linkFrom bytes
  LocalFiles(SourceFolders folders, Space space, Arrival arrival, long linkFrom) {
    this.folders = folders;
    this.space = space;
    this.arrival = arrival;
    this.linkFrom = linkFrom;
  }

  /// The file that a path leads to.
  ///
  /// @throws InvalidFieldException if it leads to none of the declared size
  static Path find(String path, Artifact file) {
    try {
      Path given = Path.of(path);
      if (!given.isAbsolute()) {
        throw new InvalidFieldException(HEADER, "'" + path + "' is not absolute");
      }
      Path real = given.toRealPath();
      if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
        throw new InvalidFieldException(HEADER, "'" + path + "' is not a regular file");
      }
      if (Files.size(real) != file.bytes()) {
        throw new InvalidFieldException(
            HEADER,
            "'%s' has %d bytes, declared are %d".formatted(path, Files.size(real), file.bytes()));
      }
      return real;
    } catch (InvalidPathException | IOException e) {
      throw new InvalidFieldException(
          HEADER, "'%s' cannot be read by the service".formatted(path.replace('\0', '?')));
    }
  }

  /// The caller has the turn of this file.
  ///
  /// @param real as [#find] found it
  /// @return bytes that were copied
  long take(Source source, Artifact file, Path real) throws IOException {
    Files.createDirectories(folders.folder(source));
    Path taken = folders.taken(source, file.file());
    Files.deleteIfExists(taken);
    try {
      boolean linked = file.bytes() >= linkFrom && link(taken, real);
      if (linked) {
        check(source, file, taken);
      } else {
        space.require(source);
        Files.copy(real, taken, LinkOption.NOFOLLOW_LINKS);
      }
      arrival.finish(source, file, taken, linked ? file.sha256() : null);
      return linked ? 0 : file.bytes();
    } finally {
      Files.deleteIfExists(taken);
    }
  }

  private void check(Source source, Artifact file, Path link) throws IOException {
    State before = State.of(link);
    Arrival.check(file, FileHash.sha256(link));
    if (!before.equals(State.of(link))) {
      throw new UploadException(
          Reason.WRONG_CONTENT, 0, "the file was changed while it was read: wait, then try again");
    }
    before.write(folders.link(source, file.file()));
  }

  /// False where the system does not link: another disk, another owner, a file system without
  /// links.
  private static boolean link(Path taken, Path real) throws IOException {
    try {
      Files.createLink(taken, real);
    } catch (UnsupportedOperationException | FileSystemException e) {
      return false;
    }
    if (Files.isRegularFile(taken, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    Files.delete(taken); // the file gave way to a symbolic link since it was found
    return false;
  }

  /// Whether a file that is complete still is what was declared. Only linked ones can have changed.
  boolean unchanged(Source source, Artifact file) throws IOException {
    Path path = folders.file(source, file.file());
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) != file.bytes()) {
      return false;
    }
    Path recorded = folders.link(source, file.file());
    if (!Files.exists(recorded)) {
      return true;
    }
    State now = State.of(path);
    if (now.isRecordedIn(recorded)) {
      return true;
    }
    if (!FileHash.sha256(path).equals(file.sha256())) {
      return false;
    }
    now.write(recorded); // touched, or linked again, with the same bytes
    return true;
  }

  /// What a change in place would change.
  private record State(long bytes, long modifiedNanos) {
    static State of(Path file) throws IOException {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return new State(attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    }

    void write(Path record) throws IOException {
      Files.writeString(record, toString());
    }

    boolean isRecordedIn(Path record) throws IOException {
      return Files.readString(record).equals(toString());
    }
  }
}
