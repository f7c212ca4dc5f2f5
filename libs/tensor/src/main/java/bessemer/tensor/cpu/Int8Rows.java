package bessemer.tensor.cpu;

/// Rows with one step each, ready to be multiplied.
interface Int8Rows {
  /// Columns `first` to before `last` of the product.
  void columns(Matrix.Int8 m, Gemm.Result out, long first, long last, Scratch own);
}
