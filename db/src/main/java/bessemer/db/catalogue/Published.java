package bessemer.db.catalogue;

import bessemer.contracts.Artifact;
import bessemer.contracts.Names;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A model whose files lie in the catalogue, complete and synced.
///
/// @param directory one name below the catalogue's root
/// @param state `unproven`, `proved`, `measured` or `rejected`
/// @param lineage the contents of its `bessemer.json`
/// @param jobId that made it; null for one that was brought
public record Published(
    String name,
    String directory,
    String format,
    String architecture,
    String precision,
    String state,
    Map<String, Object> lineage,
    List<Artifact> files,
    @Nullable UUID jobId) {
  private static final Pattern DIRECTORY = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,200}");

  public Published {
    Names.model("name", name);
    if (!DIRECTORY.matcher(directory).matches()) {
      throw new IllegalArgumentException(
          "'%s' is not the name of a directory of the catalogue".formatted(directory));
    }
    files.forEach(file -> Names.file("files", file.file()));
    lineage = Collections.unmodifiableMap(new LinkedHashMap<>(lineage)); // it may hold nulls
    files = List.copyOf(files);
  }

  long bytes() {
    return files.stream().mapToLong(Artifact::bytes).sum();
  }
}
