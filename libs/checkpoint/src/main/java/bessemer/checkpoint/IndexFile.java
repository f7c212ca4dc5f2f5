package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// `*.index.json`: which shard holds which tensor.
///
/// @param file the index itself; the shards lie beside it
/// @param shardOf name of the tensor to name of the file
public record IndexFile(Path file, Map<String, String> shardOf) {
  private static final int MAX_BYTES = 64 << 20;

  public IndexFile {
    shardOf = Collections.unmodifiableMap(new LinkedHashMap<>(shardOf));
  }

  /// Reads and checks an index; its shards are not looked at.
  ///
  /// @throws BadCheckpointException if it is malformed or names files outside of its directory
  public static IndexFile read(Path file) throws IOException {
    JsonNode weightMap = Json.object(file, MAX_BYTES).path("weight_map");
    if (!weightMap.isObject() || weightMap.isEmpty()) {
      throw new BadCheckpointException(file, "has no object \"weight_map\"; it is no index");
    }
    Map<String, String> shardOf = new LinkedHashMap<>();
    weightMap.forEachEntry((tensor, shard) -> shardOf.put(tensor, shardName(file, tensor, shard)));
    return new IndexFile(file, shardOf);
  }

  private static String shardName(Path file, String tensor, JsonNode shard) {
    String name = shard.isString() ? shard.stringValue() : "";
    boolean plain = name.chars().allMatch(c -> c > ' ' && c < 0x7f && "/\\:".indexOf(c) < 0);
    if (name.isEmpty() || !plain || name.contains("..") || name.length() > 255) {
      throw new BadCheckpointException(
          file,
          "weight_map sends tensor %s to %s, which is no plain file name"
              .formatted(quoted(tensor), quoted(shard.toString())));
    }
    return name;
  }

  /// Writes the index that mlx-lm writes: sizes under `metadata`, names sorted, indented by 4.
  /// Forces it to the disk.
  ///
  /// @param file to be created; it must not exist
  /// @param parameters elements of the model, counted before quantization
  /// @return the SHA-256 of the file in lower-case hexadecimal digits
  public static String write(Path file, List<Shard> shards, long parameters) throws IOException {
    long bytes = 0;
    SortedMap<String, String> shardOf = new TreeMap<>();
    for (Shard shard : shards) {
      bytes = Math.addExact(bytes, shard.bytes());
      for (Planned tensor : shard.tensors()) {
        if (shardOf.put(tensor.name(), shard.fileName()) != null) {
          throw new IllegalArgumentException("two tensors are named " + quoted(tensor.name()));
        }
      }
    }
    return new IndexWriter(bytes, parameters, shardOf).write(file);
  }

  /// The shards, sorted by name; all of them exist.
  List<Path> shards() throws IOException {
    List<Path> found = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (String name : new TreeSet<>(shardOf.values())) {
      Path shard = file.resolveSibling(name);
      if (Files.exists(shard)) {
        found.add(CheckpointFiles.member(shard));
      } else {
        missing.add(name);
      }
    }
    if (!missing.isEmpty()) {
      throw new BadCheckpointException(
          file, "names files that are not there: " + missing + "; download them");
    }
    return found;
  }

  void requireListed(String tensor, Path shard) {
    String expected = shardOf.get(tensor);
    if (expected == null) {
      throw new BadCheckpointException(
          shard,
          "tensor %s is not in the index %s; index and shards are of different downloads"
              .formatted(quoted(tensor), file.getFileName()));
    }
    if (!shard.getFileName().toString().equals(expected)) {
      throw new BadCheckpointException(
          shard,
          "tensor %s belongs into %s according to the index %s"
              .formatted(quoted(tensor), expected, file.getFileName()));
    }
  }

  void requireAll(Set<String> tensors) {
    shardOf.forEach((tensor, shard) -> {
      if (!tensors.contains(tensor)) {
        throw new BadCheckpointException(
            file.resolveSibling(shard),
            "lacks tensor %s that the index %s sends there; download it again"
                .formatted(quoted(tensor), file.getFileName()));
      }
    });
  }
}
