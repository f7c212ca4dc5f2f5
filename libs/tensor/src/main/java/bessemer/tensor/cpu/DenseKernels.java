package bessemer.tensor.cpu;

import bessemer.tensor.DType;

/// What products of floats and 16-bit floats are made of: Java's, or those of the native file.
///
/// Sums are of floats. That of an element does not depend on the rows and columns computed with it.
interface DenseKernels {
  /// The most rows that [#fewRows] is worth calling for.
  int few();

  /// Columns in a panel.
  int columns();

  /// Rows in the order in which [#fewRows] reads them for weights of a type: in place, or in memory
  /// of the device until it gives back its blocks.
  ///
  /// @param x the first of so many matrices that lie one after the other
  long lay(Device device, DenseRows.Rows x, int matrices, DType weights);

  /// Columns `from` to before `to` of the product of rows of [#lay] with columns whose elements lie
  /// beside each other.
  void fewRows(DenseRows.Rows x, Matrix.Dense m, Gemm.Result out, long from, long to, Scratch own);

  /// Copies rows as strips `[depth][6]` of floats, the last filled up with zeros.
  ///
  /// @param spare memory for one line of floats
  void strips(Lines rows, long to, long spare);

  /// Copies columns as panels `[depth][columns]` of floats, `step` bytes apart, the last filled up
  /// with zeros.
  ///
  /// @param spare memory for as many lines of floats as a panel has
  void panels(Lines columns, long to, long step, long spare);

  /// Multiplies strips with panels, into `rows` by `columns` of the result or added to it.
  ///
  /// @param spare memory for a tile of 6 rows by one panel
  void multiply(Packs packs, Gemm.Result out, Size size, long spare);

  /// Rows or columns to copy, distances in elements.
  ///
  /// @param across between lines
  /// @param along between the inner places of a line
  record Lines(DType type, long address, long across, long along, int count, int depth) {
    long line(int i) {
      return address + i * across * type.bytes();
    }
  }

  /// Strips and panels of one depth; a step in bytes.
  record Packs(long strips, long panels, long panelStep, int depth) {}

  /// The part of the result to compute.
  ///
  /// @param add to what is there, instead of overwriting it
  record Size(int rows, int columns, boolean add) {}
}
