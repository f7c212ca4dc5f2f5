package bessemer.foundry.convert;

import bessemer.foundry.FileHash;
import java.util.List;
import java.util.stream.Stream;

/// Everything that decides the bytes of the result: equal plans give equal weights.
///
/// @param version of this program
/// @param sources the files read: name, size and time of the last change
/// @param parameters elements of the model before quantization
/// @param dropped tensors of the source that models do not need
public record Plan(
    String version,
    List<String> sources,
    long parameters,
    List<String> dropped,
    List<ShardPlan> shards) {
  public Plan {
    sources = List.copyOf(sources);
    dropped = List.copyOf(dropped);
    shards = List.copyOf(shards);
  }

  public Stream<TensorPlan> tensors() {
    return shards.stream().flatMap(shard -> shard.tensors().stream());
  }

  /// Names the plan: equal plans have equal names.
  public String sha256() {
    return FileHash.sha256(JsonFiles.bytes(this));
  }

  /// Bytes of all tensors of the result.
  public long bytes() {
    return shards.stream().mapToLong(ShardPlan::bytes).sum();
  }
}
