package bessemer.inference.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Says which models there are, and brings the files of one to this machine's disk. For several
/// threads; calls may block, never on a thread of the event loop.
public interface ModelStore {
  /// All models, by name.
  ///
  /// @throws CatalogueException when they cannot be known now
  List<StoredModel> list();

  /// The model of this name as it is now, at most two seconds old.
  ///
  /// @throws CatalogueException when it cannot be known now
  Optional<StoredModel> find(String name);

  /// A directory with the complete files of exactly this version, which stay there and unchanged
  /// while the model is loaded. Fetches them first where they are missing; that may take minutes,
  /// and an interrupt ends it.
  ///
  /// @throws IOException when the files cannot be had; the message says which and why
  Path directory(StoredModel model) throws IOException, InterruptedException;

  /// The model that was loaded from [#directory] is not in memory any more.
  default void released(StoredModel model) {}
}
