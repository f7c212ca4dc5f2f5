package bessemer.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The content of a tensor in a mapped file.
sealed interface TensorBytes {

  /// Rows `from` (inclusive) to `to` (exclusive), row-major and read-only; copied to `arena` if
  /// they do not lie that way in the file.
  MemorySegment rows(StoredTensor tensor, long from, long to, Arena arena);

  /// Elements that lie in the file as they are handed out.
  record Contiguous(MemorySegment bytes) implements TensorBytes {
    @Override
    public MemorySegment rows(StoredTensor tensor, long from, long to, Arena arena) {
      return bytes.asSlice(from * tensor.rowBytes(), (to - from) * tensor.rowBytes());
    }
  }

  /// A transposed, sliced or otherwise strided view.
  ///
  /// @param bytes the storage from the view's first element on
  /// @param strides elements between neighbours along each axis
  record Strided(MemorySegment bytes, List<Long> strides) implements TensorBytes {
    public Strided {
      strides = List.copyOf(strides);
    }

    @Override
    public MemorySegment rows(StoredTensor tensor, long from, long to, Arena arena) {
      MemorySegment copy = arena.allocate((to - from) * tensor.rowBytes(), tensor.type().width());
      var gather = new Gather(bytes, copy, tensor.type().width(), tensor.shape(), strides);
      gather.rows(from, to);
      return copy.asReadOnly();
    }
  }
}
