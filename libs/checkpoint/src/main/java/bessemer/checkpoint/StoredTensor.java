package bessemer.checkpoint;

import java.nio.file.Path;
import java.util.List;

/// Where a tensor lies. Two tensors of a PyTorch file may lie at the same place (tied weights).
///
/// @param shape lengths of the axes, rows first; empty for a scalar
/// @param file the file that holds the bytes
/// @param offset where the first element lies in the file, in bytes from its start
/// @param bytes elements times width: what [Checkpoint#data(String)] hands out. The bytes are
///   contiguous in the file except for strided views of PyTorch files
public record StoredTensor(
    String name, StoredType type, List<Long> shape, Path file, long offset, long bytes) {
  public StoredTensor {
    shape = List.copyOf(shape);
    if (offset < 0 || bytes != Math.multiplyExact(Extent.elements(shape), type.width())) {
      throw new IllegalArgumentException(
          "%s %s %s: offset %d, %d bytes".formatted(name, type, shape, offset, bytes));
    }
  }

  /// Number of elements; 1 for a scalar.
  public long elements() {
    return bytes / type.width();
  }

  /// Length of the first axis; 1 for a scalar.
  public long rows() {
    return shape.isEmpty() ? 1 : shape.getFirst();
  }

  /// Bytes of one row: everything behind the first axis.
  public long rowBytes() {
    return rows() == 0 ? 0 : bytes / rows();
  }

  /// The same tensor under another name.
  StoredTensor named(String other) {
    return new StoredTensor(other, type, shape, file, offset, bytes);
  }
}
