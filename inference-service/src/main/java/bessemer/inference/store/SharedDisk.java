package bessemer.inference.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The catalogue's own files, used where they lie: this machine sees the disk that conversion
/// writes to.
public final class SharedDisk implements ModelStore {
  private final Catalogue catalogue;
  private final Path root;

  /// @param root of the catalogue's files, such as `~/.bessemer/catalogue`
  public SharedDisk(Catalogue catalogue, Path root) {
    this.catalogue = catalogue;
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public List<StoredModel> list() {
    return catalogue.list();
  }

  @Override
  public Optional<StoredModel> find(String name) {
    return catalogue.find(name);
  }

  @Override
  public Path directory(StoredModel model) throws IOException {
    if (model.directory() == null) {
      throw new FileNotFoundException(
          "the catalogue does not say where model %s lies; is the key a worker's?"
              .formatted(model.name()));
    }
    Path directory = root.resolve(model.directory()).normalize();
    if (!directory.startsWith(root) || directory.equals(root)) {
      throw new IOException(
          "model %s is said to lie in %s, outside of %s"
              .formatted(model.name(), model.directory(), root));
    }
    if (!Files.isDirectory(directory)) {
      throw new FileNotFoundException(
          "model %s is said to lie in %s, and that is no directory here"
              .formatted(model.name(), directory));
    }
    return directory;
  }
}
