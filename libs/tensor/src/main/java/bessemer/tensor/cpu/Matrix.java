package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Quantization;

/// The right side of a product: how its element in inner place `k` of column `n` is found.
sealed interface Matrix {
  /// @param address of the element in place 0, column 0
  /// @param columnStep elements between columns
  /// @param innerStep elements between inner places
  record Dense(DType type, long address, long columnStep, long innerStep) implements Matrix {
    long at(long column, long k) {
      return address + (column * columnStep + k * innerStep) * type.bytes();
    }
  }

  /// Codes of int8 `[columns, inner]` and a scale for each column.
  record Int8(long codes, long scales, int inner) implements Matrix {
    long row(long column) {
      return codes + column * inner;
    }

    float scale(long column) {
      return Raw.get(scales + 4 * column);
    }

    /// `count` elements of a column from place `from` on, as floats.
    void widen(long column, int from, int count, long to) {
      Int8Loops.widen(row(column) + from, count, scale(column), to);
    }
  }

  /// Codes `[columns, inner * bits / 32]`, scales and biases of one type `[columns, inner /
  /// group]`.
  record Packed(
      long words, long scales, long biases, DType type, Quantization quantization, int inner)
      implements Matrix {
    int bits() {
      return quantization.bits();
    }

    int group() {
      return quantization.group();
    }

    int groups() {
      return inner / group();
    }

    long rowBytes() {
      return (long) inner * bits() / 8;
    }

    long row(long column) {
      return words + column * rowBytes();
    }

    long scale(long column) {
      return scales + column * groups() * type.bytes();
    }

    long bias(long column) {
      return biases + column * groups() * type.bytes();
    }
  }
}
