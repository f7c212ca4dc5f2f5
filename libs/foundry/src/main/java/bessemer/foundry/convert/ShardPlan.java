package bessemer.foundry.convert;

import bessemer.checkpoint.Planned;
import bessemer.checkpoint.Shard;
import java.util.List;

/// A file of the result and what goes into it, in order.
public record ShardPlan(String file, List<TensorPlan> tensors) {
  public ShardPlan {
    tensors = List.copyOf(tensors);
  }

  public List<Planned> outputs() {
    return tensors.stream().flatMap(tensor -> tensor.outputs().stream()).toList();
  }

  Shard shard() {
    return new Shard(file, outputs());
  }

  /// Bytes of its tensors.
  public long bytes() {
    return tensors.stream().mapToLong(TensorPlan::bytes).sum();
  }

  /// Bytes that are read for them.
  long sourceBytes() {
    return tensors.stream().mapToLong(TensorPlan::sourceBytes).sum();
  }
}
