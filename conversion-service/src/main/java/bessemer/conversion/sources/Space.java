package bessemer.conversion.sources;

import bessemer.conversion.sources.UploadException.Reason;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceFile;
import bessemer.db.catalogue.Sources;
import bessemer.foundry.convert.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Room on the disk. A source that has begun to arrive has all of its declared bytes reserved, so
/// that an upload which is let in does not run out of room because of a later one.
final class Space {
  private final Sources sources;
  private final SourceFolders folders;
  private final Disk disk;
  private final long keepFree;

  Space(Sources sources, SourceFolders folders, Disk disk, long keepFree) {
    this.sources = sources;
    this.folders = folders;
    this.disk = disk;
    this.keepFree = keepFree;
  }

  /// @throws UploadException if what `wanted` still misses does not fit beside what others miss
  void require(Source wanted) throws IOException {
    long needed = missing(wanted);
    if (needed == 0) {
      return;
    }
    long reserved = 0;
    for (Source other : sources.incomplete()) {
      if (!other.id().equals(wanted.id()) && folders.begun(other)) {
        reserved = Math.addExact(reserved, missing(other));
      }
    }
    Path root = folders.root(wanted.kind()).directory();
    Files.createDirectories(root);
    long free = disk.usableBytes(root);
    if (needed > free - reserved - keepFree) {
      throw new UploadException(
          Reason.NO_SPACE,
          -1,
          ("'%s' still needs %d bytes; %d are free, of which %d are reserved for other uploads and"
                  + " %d stay free: remove sources or models, or make room on the disk")
              .formatted(wanted.name(), needed, free, reserved, keepFree));
    }
  }

  private long missing(Source source) throws IOException {
    long missing = 0;
    for (SourceFile file : source.files()) {
      long left = file.artifact().bytes() - folders.received(source, file);
      missing = Math.addExact(missing, Math.max(0, left));
    }
    return missing;
  }
}
