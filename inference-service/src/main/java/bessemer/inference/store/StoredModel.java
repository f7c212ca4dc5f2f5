package bessemer.inference.store;

import bessemer.contracts.Artifact;
import bessemer.contracts.ModelView;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A model that a store has.
///
/// @param version changes when the model is replaced
/// @param translates whether it is a translator
/// @param bytes of all its files
/// @param files with their checksums; none where the store does not know them
/// @param directory below the catalogue's root, when the store's catalogue tells it
public record StoredModel(
    String name,
    String version,
    boolean rejected,
    boolean translates,
    long bytes,
    Instant createdAt,
    List<Artifact> files,
    @Nullable String directory) {

  public StoredModel {
    files = List.copyOf(files);
  }

  static StoredModel of(ModelView view, @Nullable String directory) {
    return new StoredModel(
        view.name(),
        view.version().toString(),
        view.state().equals("rejected"),
        view.translates(),
        view.bytes(),
        view.createdAt(),
        view.files(),
        directory);
  }
}
