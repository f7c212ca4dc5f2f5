package bessemer.db.catalogue;

import bessemer.contracts.Artifact;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A registered source or reference pack.
///
/// @param name what it was called by who registered it first
/// @param complete whether all files are
/// @param files by name
public record Source(
    UUID id,
    SourceKind kind,
    String name,
    boolean complete,
    Instant createdAt,
    List<SourceFile> files) {
  public Source {
    files = List.copyOf(files);
  }

  public Optional<SourceFile> file(String name) {
    return files.stream().filter(f -> f.artifact().file().equals(name)).findFirst();
  }

  /// That were declared, of all files.
  public long bytes() {
    return files.stream().map(SourceFile::artifact).mapToLong(Artifact::bytes).sum();
  }
}
