package bessemer.foundry.parity;

import bessemer.checkpoint.StoredType;

/// A quantized weight as its files hold it, row by row: other code than the kernels that multiply
/// by it.
interface StoredRows {
  int rows();

  int width();

  /// Of the numbers that rows are read as.
  StoredType type();

  void row(int row, double[] into);
}
