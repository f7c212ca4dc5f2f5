package bessemer.tensor.cpu;

/// Rounded rows, ready to be multiplied.
interface Rounded {
  /// Columns `first` to before `last` of the product.
  void columns(Matrix.Packed m, Gemm.Result out, long first, long last, Scratch own);
}
