package bessemer.contracts;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The body of `POST /api/v1/sources` and of `POST /api/v1/references`: which files will come. The
/// same files again answer the source that is there already.
public record SourceRequest(String name, List<Artifact> files) {
  /// More files than any published checkpoint has.
  private static final int MOST_FILES = 1000;

  public SourceRequest {
    if (name == null || name.isBlank() || name.length() > 200) {
      throw new InvalidFieldException("name", "must be 1 to 200 characters");
    }
    if (files == null || files.isEmpty() || files.size() > MOST_FILES) {
      throw new InvalidFieldException("files", "must be 1 to " + MOST_FILES);
    }
    files = List.copyOf(files);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < files.size(); i++) {
      check("files[" + i + "]", files.get(i), seen);
    }
  }

  private static void check(String field, Artifact file, Set<String> seen) {
    if (file.file() == null || file.sha256() == null) {
      throw new InvalidFieldException(field, "needs file, bytes and sha256");
    }
    Names.file(field + ".file", file.file());
    if (file.bytes() < 0) {
      throw new InvalidFieldException(field + ".bytes", "is negative");
    }
    if (!file.sha256().matches("[0-9a-f]{64}")) {
      throw new InvalidFieldException(field + ".sha256", "must be 64 hexadecimal digits");
    }
    if (!seen.add(file.file())) {
      throw new InvalidFieldException(field + ".file", "'" + file.file() + "' is named twice");
    }
  }
}
