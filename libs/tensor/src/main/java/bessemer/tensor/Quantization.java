package bessemer.tensor;

/// The affine quantization of MLX: codes of `bits` bits in little-endian 32-bit words, one scale
/// and one bias for each group of `group` neighbours along the last axis; `w = scale * code +
/// bias`.
///
/// @param bits 2, 3, 4, 5, 6 or 8
/// @param group 32, 64 or 128
public record Quantization(int bits, int group) {

  public Quantization {
    if (bits < 2 || bits > 8 || bits == 7) {
      throw new IllegalArgumentException("bits are 2, 3, 4, 5, 6 or 8, not " + bits);
    }
    if (group != 32 && group != 64 && group != 128) {
      throw new IllegalArgumentException("groups are of 32, 64 or 128, not " + group);
    }
  }

  /// 32-bit words in a row of `width` elements.
  ///
  /// @throws IllegalArgumentException if the group does not divide the width
  public long words(long width) {
    return groups(width) * group * bits / 32;
  }

  /// Groups in a row of `width` elements.
  public long groups(long width) {
    if (!fits(width)) {
      throw new IllegalArgumentException("groups of " + group + " do not divide " + width);
    }
    return width / group;
  }

  public boolean fits(long width) {
    return width % group == 0;
  }
}
