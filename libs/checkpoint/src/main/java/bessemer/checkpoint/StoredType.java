package bessemer.checkpoint;

import java.util.Arrays;
import java.util.Optional;

/// Element types of stored tensors, named as in safetensors; all little-endian.
public enum StoredType {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E4M3(1),
  F8_E5M2(1),
  I16(2),
  U16(2),
  F16(2),
  BF16(2),
  I32(4),
  U32(4),
  F32(4),
  I64(8),
  U64(8),
  F64(8);

  private final int width;

  StoredType(int width) {
    this.width = width;
  }

  /// Bytes of one element.
  public int width() {
    return width;
  }

  /// Whether elements are floating point numbers of any width.
  public boolean isFloat() {
    return switch (this) {
      case F8_E4M3, F8_E5M2, F16, BF16, F32, F64 -> true;
      case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> false;
    };
  }

  /// The type with this safetensors name.
  ///
  /// @throws IllegalArgumentException for any other name; the message lists the known ones
  public static StoredType parse(String name) {
    return find(name)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown element type "
                    + BadCheckpointException.quoted(name)
                    + ", known are "
                    + Arrays.toString(values())));
  }

  static Optional<StoredType> find(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }
}
