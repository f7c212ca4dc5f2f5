package bessemer.tensor;

/// Element types. Bytes are little-endian, as in safetensors.
public enum DType {
  F32(4, true),
  F16(2, true),
  BF16(2, true),
  I8(1, false),
  I32(4, false),
  U32(4, false);

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /// The width of one element.
  public int bytes() {
    return bytes;
  }

  public boolean isFloat() {
    return floating;
  }
}
