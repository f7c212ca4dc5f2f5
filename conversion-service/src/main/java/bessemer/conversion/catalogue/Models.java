package bessemer.conversion.catalogue;

import bessemer.contracts.Artifact;
import bessemer.contracts.ModelView;
import bessemer.contracts.Names;
import bessemer.conversion.files.Root;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Catalogue.Placed;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The models of the catalogue with their files, which lie in one directory each.
public final class Models {
  private static final Logger LOG = LoggerFactory.getLogger(Models.class);

  private final Catalogue catalogue;
  private final Root root;

  Models(Catalogue catalogue, Root root) {
    this.catalogue = catalogue;
    this.root = root;
  }

  /// A file as the catalogue describes it.
  record ModelFile(Artifact artifact, Path path) {}

  List<ModelView> list(int limit, @Nullable String after) {
    return catalogue.list(limit, after);
  }

  /// @throws NoSuchElementException if there is none
  Placed find(String name) {
    Names.model("name", name);
    return catalogue
        .placed(name)
        .orElseThrow(() -> new NoSuchElementException("no model '" + name + "'"));
  }

  /// @throws NoSuchElementException if the model has no such file
  ModelFile file(String name, String file) throws IOException {
    Placed model = find(name);
    Names.file("file", file);
    Artifact artifact =
        model.view().files().stream()
            .filter(known -> known.file().equals(file))
            .findFirst()
            .orElseThrow(
                () -> new NoSuchElementException("'%s' has no file '%s'".formatted(name, file)));
    Optional<Path> path = root.file(model.directory(), file);
    if (path.isEmpty() || Files.size(path.get()) != artifact.bytes()) {
      throw new IllegalStateException(
          "%s of '%s' is not in %s with its %d bytes any more"
              .formatted(file, name, root.resolve(model.directory()), artifact.bytes()));
    }
    return new ModelFile(artifact, path.get());
  }

  /// Where the files of a model lie.
  ///
  /// @throws IllegalStateException if they are not there
  Path directory(Placed model) throws IOException {
    Path directory = root.resolve(model.directory());
    if (root.file(model.directory(), "config.json").isEmpty()) {
      throw new IllegalStateException(
          "the files of '%s' are not in %s any more".formatted(model.view().name(), directory));
    }
    return directory;
  }

  /// The report that was written with the model.
  ///
  /// @throws NoSuchElementException if it was never compared
  ParityReport report(String name) throws IOException {
    Optional<Path> file = root.file(find(name).directory(), ReportFile.JSON);
    return ReportFile.read(
        file.orElseThrow(
            () -> new NoSuchElementException("'%s' has no parity report".formatted(name))));
  }

  /// The row first: a crash in between leaves a directory, which [#sweep] removes.
  ///
  /// @throws NoSuchElementException if there is none
  /// @throws bessemer.contracts.ConflictException if it is in use
  void delete(String name) throws IOException {
    Names.model("name", name);
    root.delete(catalogue.delete(name));
  }

  /// Removes directories that belong to no model and to no job that has not ended.
  void sweep() throws IOException {
    List<String> found = root.directories();
    for (String directory : catalogue.orphans(found)) {
      LOG.info("{} belongs to no model and is removed", root.resolve(directory));
      root.delete(directory);
    }
  }
}
