package bessemer.conversion.sources;

import bessemer.contracts.Artifact;
import bessemer.conversion.files.Root;
import bessemer.conversion.sources.UploadException.Reason;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.Sources;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// The last steps of a file whose bytes are all here: check, sync, rename, record. Each is only
/// done when the ones before are on the disk.
final class Arrival {
  private final Sources sources;
  private final SourceFolders folders;

  Arrival(Sources sources, SourceFolders folders) {
    this.sources = sources;
    this.folders = folders;
  }

  /// @param part where the bytes are; gone afterwards in any case
  /// @param sha256 of the part, where it was made while the bytes came; null reads them again
  /// @throws UploadException if the bytes are not the declared ones
  void finish(Source source, Artifact file, Path part, @Nullable String sha256) throws IOException {
    try {
      check(file, sha256 == null ? FileHash.sha256(part) : sha256);
      sync(part);
      Files.move(part, folders.file(source, file.file()), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | UploadException e) {
      Files.deleteIfExists(part);
      throw e;
    }
    Root.sync(folders.folder(source));
    sources.mark(source.id(), file.file(), true);
  }

  /// Records a file that was renamed by a process that died before it could say so.
  ///
  /// @return whether there was one
  boolean adopt(Source source, Artifact file) throws IOException {
    boolean there =
        folders.root(source.kind()).file(source.id().toString(), file.file()).isPresent();
    if (there) {
      sources.mark(source.id(), file.file(), true);
    }
    return there;
  }

  static void check(Artifact file, String sha256) {
    if (!sha256.equals(file.sha256())) {
      throw new UploadException(
          Reason.WRONG_CONTENT,
          0,
          "%s: the %d bytes have the SHA-256 %s, declared is %s; they were removed, send them again"
              .formatted(file.file(), file.bytes(), sha256, file.sha256()));
    }
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
