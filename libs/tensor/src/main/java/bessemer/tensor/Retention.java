package bessemer.tensor;

import bessemer.tensor.Primitive.*;

/// Which values the gradient of a primitive reads ([Backward]): a tape keeps only those. Of a
/// frozen weight's product, for instance, the weight and not the activation.
final class Retention {
  private Retention() {}

  /// @param wanted the inputs whose gradient will be asked for
  static boolean input(Primitive op, int i, boolean[] wanted) {
    return switch (op) {
      case Multiply _ -> wanted[1 - i];
      case Matmul _ -> i < 2 && wanted[1 - i]; // of a bias nothing is read
      case Where _ -> i == 0;
      case QuantizedMatmul _, Int8Matmul _, Rope _, Gather _, Scatter _, Take _ -> i > 0;
      case Power _, Maximum _, Relu _, Silu _, RmsNorm _, LayerNorm _ -> true;
      case Attention _, CrossEntropy _ -> true;
      case Fill _, Add _, Affine _, Less _, OneHot _, MaskBias _, Sigmoid _, Softmax _, Sum _ ->
          false;
      case Dequantize _, Place _, ArgMax _, TopK _, Draw _, RowsAttention _ -> false;
      case CrossEntropyGradient _, SiluGradient _, RmsNormGradient _ -> false; // have none
      case Reshape _, Broadcast _, Transpose _, Slice _, Concat _, Cast _ -> false;
    };
  }

  static boolean output(Primitive op) {
    return switch (op) {
      case Sigmoid _, Softmax _ -> true;
      case Silu _,
          Fill _,
          Add _,
          Multiply _,
          Maximum _,
          Less _,
          Where _,
          Affine _,
          Power _,
          Relu _ ->
          false;
      case Sum _, ArgMax _, TopK _, Take _, Draw _, Matmul _, QuantizedMatmul _ -> false;
      case Dequantize _, RmsNorm _, LayerNorm _, Rope _, Attention _, RowsAttention _ -> false;
      case Int8Matmul _, MaskBias _, Place _ -> false;
      case Gather _, Scatter _, OneHot _, CrossEntropy _, Reshape _, Broadcast _ -> false;
      case Transpose _, Slice _, Concat _, Cast _ -> false;
      case CrossEntropyGradient _, SiluGradient _, RmsNormGradient _ -> false;
    };
  }
}
