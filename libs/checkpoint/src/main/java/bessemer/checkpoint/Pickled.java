package bessemer.checkpoint;

import java.math.BigInteger;
import java.util.List;
import java.util.SequencedMap;

/// What a pickle of tensors can build. Lists and dictionaries may contain themselves, so nobody may
/// walk, hash or print them without a bound.
sealed interface Pickled {

  enum None implements Pickled {
    NONE
  }

  record Truth(boolean value) implements Pickled {}

  record Real(double value) implements Pickled {}

  /// Where a list, tuple or run of items begins on the stack.
  enum Mark implements Pickled {
    MARK
  }

  /// The functions and types that a pickle may call.
  enum Callable implements Pickled {
    REBUILD_TENSOR,
    REBUILD_PARAMETER,
    ORDERED_DICT,
    SIZE
  }

  record Text(String value) implements Pickled {}

  record Whole(BigInteger value) implements Pickled {}

  record Tuple(List<Pickled> items) implements Pickled {}

  record Sequence(List<Pickled> items) implements Pickled {}

  /// Entries whose key is a text; others hold the state of optimizers and are left out.
  record Dict(SequencedMap<String, Pickled> items) implements Pickled {}

  record StorageClass(StoredType type) implements Pickled {}

  /// A run of `length` elements in the zip entry `data/<key>`.
  record Storage(StoredType type, String key, long length) implements Pickled {}

  /// A view of a storage.
  ///
  /// @param offset of the first element, in elements
  /// @param strides elements between neighbours along each axis
  record Tensor(Storage storage, long offset, List<Long> shape, List<Long> strides)
      implements Pickled {
    public Tensor {
      shape = List.copyOf(shape);
      strides = List.copyOf(strides);
    }
  }

  /// What to call this in a message.
  default String kind() {
    return switch (this) {
      case None _ -> "None";
      case Truth _ -> "a boolean";
      case Real _ -> "a real number";
      case Mark _ -> "MARK";
      case Callable callable -> callable.name();
      case Text _ -> "a text";
      case Whole _ -> "an integer";
      case Tuple _ -> "a tuple";
      case Sequence _ -> "a list";
      case Dict _ -> "a dictionary";
      case StorageClass _ -> "a type of storage";
      case Storage _ -> "a storage";
      case Tensor _ -> "a tensor";
    };
  }
}
