package bessemer.inference.store;

import bessemer.checkpoint.ConfigJson;
import bessemer.models.Models;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// One directory, served under its own name, without a gateway.
public final class SingleFolder implements ModelStore {
  private final Path folder;
  private final StoredModel model;

  /// @param folder with `config.json` and weights
  /// @throws IOException if it is no such directory
  public SingleFolder(Path folder) throws IOException {
    this.folder = folder.toRealPath();
    if (!Files.isRegularFile(this.folder.resolve("config.json"))) {
      throw new IOException(this.folder + " has no config.json: it is not a model's directory");
    }
    String name = String.valueOf(this.folder.getFileName()).toLowerCase(Locale.ROOT);
    var created =
        Files.readAttributes(this.folder, BasicFileAttributes.class).lastModifiedTime().toInstant();
    model = new StoredModel(name, "folder", false, translates(), bytes(), created, List.of(), null);
  }

  private boolean translates() throws IOException {
    return Models.translates(ConfigJson.read(folder.resolve("config.json")));
  }

  private long bytes() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(SingleFolder::size).sum();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<StoredModel> list() {
    return List.of(model);
  }

  @Override
  public Optional<StoredModel> find(String name) {
    return model.name().equals(name) ? Optional.of(model) : Optional.empty();
  }

  @Override
  public Path directory(StoredModel wanted) {
    return folder;
  }
}
