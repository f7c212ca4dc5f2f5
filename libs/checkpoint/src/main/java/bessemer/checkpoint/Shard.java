package bessemer.checkpoint;

import java.util.List;

/// A file to be written and what goes into it, in order.
public record Shard(String fileName, List<Planned> tensors) {
  public Shard {
    tensors = List.copyOf(tensors);
  }

  /// Bytes of the tensors, without the header.
  public long bytes() {
    return tensors.stream().mapToLong(Planned::bytes).reduce(0, Math::addExact);
  }
}
