package bessemer.foundry.parity;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which weight files a pack may have been recorded from to be held against a model: the model's
/// own, and those that it was converted from.
///
/// @param known sets of SHA-256 by file name, each of one checkpoint
record SourceFiles(List<Map<String, String>> known) {
  private static final String LINEAGE = "bessemer.json";
  private static final String PACK = "reference.safetensors"; // a pack may lie beside its source

  SourceFiles {
    known =
        known.stream()
            .map(SourceFiles::weights)
            .filter(files -> !files.isEmpty())
            .map(Map::copyOf)
            .toList();
  }

  /// From `bessemer.json` of a converted directory, else by hashing the files.
  static SourceFiles of(Path directory, Checkpoint checkpoint) throws IOException {
    Path lineage = directory.resolve(LINEAGE);
    if (!Files.isRegularFile(lineage)) {
      Map<String, String> own = new TreeMap<>();
      for (Path file : checkpoint.files()) {
        own.put(String.valueOf(file.getFileName()), FileHash.sha256(file));
      }
      return new SourceFiles(List.of(own));
    }
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(Files.readAllBytes(lineage));
    } catch (JacksonException e) {
      throw new BadCheckpointException(lineage, "is not JSON: " + e.getOriginalMessage(), e);
    }
    Map<String, String> source = weights(files(root, "sourceSha256"));
    return isPickled(source)
        ? new SourceFiles(List.of(source)) // a copy that PyTorch saved anew may be any file
        : new SourceFiles(List.of(source, files(root, "weightsSha256")));
  }

  private static Map<String, String> files(JsonNode root, String field) {
    Map<String, String> files = new TreeMap<>();
    JsonNode node = root.path(field);
    node.propertyNames().forEach(name -> files.put(name, node.path(name).asString("")));
    return files;
  }

  private static Map<String, String> weights(Map<String, String> files) {
    Map<String, String> weights = new TreeMap<>(files);
    weights
        .keySet()
        .removeIf(name -> !name.matches(".*\\.(safetensors|bin|pt|pth)") || name.equals(PACK));
    return weights;
  }

  private static boolean isPickled(Map<String, String> weights) {
    return weights.keySet().stream().anyMatch(name -> !name.endsWith(".safetensors"));
  }

  /// Nothing is refused where either side is unknown, or one is of safetensors and the other of
  /// PyTorch's files.
  ///
  /// @throws BadCheckpointException if the pack was recorded from other files
  void check(ReferencePack pack) {
    Map<String, String> recorded = weights(pack.origin().files());
    List<Map<String, String>> alike =
        known.stream().filter(files -> isPickled(files) == isPickled(recorded)).toList();
    if (recorded.isEmpty() || alike.isEmpty() || alike.contains(recorded)) {
      return;
    }
    throw new BadCheckpointException(
        pack.directory().resolve("reference.json"),
        "source.files: "
            + difference(recorded, alike.getFirst())
            + ": the pack was recorded from another source. Record one from the model's own"
            + " source");
  }

  private static String difference(Map<String, String> recorded, Map<String, String> files) {
    var names = new TreeMap<>(files);
    names.putAll(recorded);
    for (String name : names.keySet()) {
      String pack = recorded.getOrDefault(name, "absent");
      String source = files.getOrDefault(name, "absent");
      if (!pack.equals(source)) {
        return "%s is %s in the pack, %s in the model's source"
            .formatted(quoted(name), pack, source);
      }
    }
    return "the same files";
  }
}
