package bessemer.checkpoint;

import java.util.ArrayList;
import java.util.List;

/// Splits a model into files.
public final class Shards {
  /// Most bytes of tensors in one file, as mlx-lm splits.
  public static final long LIMIT = 5L << 30;

  private Shards() {}

  /// Fills one file after the other, in order: a file ends where the next tensor would take it over
  /// `limit` bytes. A tensor longer than that gets a file of its own. A single file is named
  /// `model.safetensors`, several `model-00001-of-00003.safetensors` and so on.
  public static List<Shard> split(List<Planned> tensors, long limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit " + limit);
    }
    List<List<Planned>> groups = new ArrayList<>();
    List<Planned> group = new ArrayList<>();
    long bytes = 0;
    for (Planned tensor : tensors) {
      if (!group.isEmpty() && tensor.bytes() > limit - bytes) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(tensor);
      bytes = Math.addExact(bytes, tensor.bytes());
    }
    groups.add(group);
    return named(groups);
  }

  private static List<Shard> named(List<List<Planned>> groups) {
    List<Shard> shards = new ArrayList<>();
    for (List<Planned> group : groups) {
      String name =
          groups.size() == 1
              ? "model.safetensors"
              : "model-%05d-of-%05d.safetensors".formatted(shards.size() + 1, groups.size());
      shards.add(new Shard(name, group));
    }
    return shards;
  }
}
