package bessemer.foundry.parity;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Where a model comes from, as far as a pack can be held against it.
///
/// @param files SHA-256 of the source's weight files, by file name; empty when unknown
public record Lineage(Map<String, String> files, Weights weights) {
  /// A pack that is recorded into the checkpoint's own directory may list itself.
  private static final String PACK = "reference.safetensors";

  public Lineage {
    files = Map.copyOf(files);
  }

  /// @throws BadCheckpointException if the pack was recorded from other files
  void check(ReferencePack pack) {
    Map<String, String> recorded = new TreeMap<>(pack.origin().files());
    recorded.remove(PACK);
    if (files.isEmpty() || recorded.isEmpty() || files.equals(recorded)) {
      return;
    }
    Path json = pack.directory().resolve("reference.json");
    var problem = new StringBuilder("source.files: recorded from another source than the model's");
    var names = new TreeMap<>(files);
    names.putAll(recorded);
    for (String name : names.keySet()) {
      String ours = files.getOrDefault(name, "none");
      String theirs = recorded.getOrDefault(name, "none");
      if (!ours.equals(theirs)) {
        problem.append("; ").append(quoted(name)).append(" is ").append(theirs);
        problem.append(" in the pack, ").append(ours).append(" in the model's lineage");
        break;
      }
    }
    throw new BadCheckpointException(
        json, problem + ". Record a pack from the model's own source");
  }
}
