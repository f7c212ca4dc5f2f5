package bessemer.tensor.cpu;

/// Rounds rows of activations to int8 with one step each, for products with weights of int8 that
/// have one scale a row: `sum of codes * (step * scale)`, whose sum of integers has no error and is
/// the same whatever the kernel.
///
/// The step of a row is its largest magnitude / 127 or, calibrated, the same for all rows; then
/// codes beyond 127 become 127. A row of zeros has step 0.
interface Int8Rounding {
  /// Longer sums may not fit 32 bits.
  int MOST_INNER = 1 << 17;

  /// Whether so many rows are multiplied here; else the product is exact.
  boolean takes(int inner, int rows);

  /// Rows of floats, rounded; good until the device gives back its blocks.
  ///
  /// @param step of all rows; 0 where each has its own
  Int8Rows round(Device device, DenseRows.Rows x, float step);
}
