package bessemer.checkpoint;

import java.util.List;

/// A tensor that is about to be written: everything but its bytes.
public record Planned(String name, StoredType type, List<Long> shape) {
  public Planned {
    shape = List.copyOf(shape);
    if (name.equals(SafetensorsFile.METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be named " + name);
    }
    Extent.elements(shape);
    Math.multiplyExact(Extent.elements(shape), type.width());
  }

  public Planned(String name, StoredType type, long... shape) {
    this(name, type, Extent.list(shape));
  }

  /// Number of elements; 1 for a scalar.
  public long elements() {
    return Extent.elements(shape);
  }

  /// Bytes in the file.
  public long bytes() {
    return elements() * type.width();
  }
}
