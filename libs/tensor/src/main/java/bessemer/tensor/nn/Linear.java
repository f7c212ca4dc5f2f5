package bessemer.tensor.nn;

import bessemer.tensor.Parameter;
import bessemer.tensor.Quantization;
import bessemer.tensor.Tensor;
import java.util.List;

/// `x W^T + bias` with W `[out, in]`, in the forms a weight can take. [#rows] reads the same weight
/// by row, which is an embedding.
public sealed interface Linear {
  record Dense(String path, Parameter weight, List<Parameter> bias) implements Linear {}

  record Quantized(
      String path,
      Parameter packed,
      Parameter scales,
      Parameter biases,
      Quantization quantization,
      List<Parameter> bias)
      implements Linear {}

  /// `base(x) + scale * x A B` with A `[in, rank]`, B `[rank, out]`; only A and B are trained.
  record LowRank(String path, Linear base, Parameter a, Parameter b, LowRankUpdate update)
      implements Linear {}

  String path();

  default Tensor forward(Tensor x) {
    return product(x).named(path());
  }

  private Tensor product(Tensor x) {
    return switch (this) {
      case Dense d -> add(x.matmulTransposed(d.weight.value()), d.bias);
      case Quantized q ->
          add(
              x.quantizedMatmul(
                  q.packed.value(), q.scales.value(), q.biases.value(), q.quantization),
              q.bias);
      case LowRank r -> {
        Tensor narrow = r.update.dropout().of(x, path()).matmul(r.a.value()); // [.., rank]
        yield r.base.product(x).plus(narrow.times(r.update.scale()).matmul(r.b.value()));
      }
    };
  }

  /// The same weight that reports under another path.
  default Linear under(String path) {
    return switch (this) {
      case Dense d -> new Dense(path, d.weight, d.bias);
      case Quantized q -> new Quantized(path, q.packed, q.scales, q.biases, q.quantization, q.bias);
      case LowRank r -> new LowRank(path, r.base, r.a, r.b, r.update);
    };
  }

  /// The weight's rows at these indices: an embedding.
  default Tensor rows(Tensor tokens) {
    return switch (this) {
      case Dense d -> d.weight.value().gather(tokens);
      case Quantized q -> {
        Tensor flat = tokens.reshape(tokens.shape().size());
        Tensor scales = q.scales.value().gather(flat);
        Tensor biases = q.biases.value().gather(flat);
        Tensor rows = q.packed.value().gather(flat).dequantize(scales, biases, q.quantization);
        yield rows.reshape(tokens.shape().append(rows.dim(-1)));
      }
      case LowRank r -> {
        Tensor b = r.b.value().transpose(1, 0).gather(tokens); // [.., rank]
        yield r.base.rows(tokens).plus(b.matmulTransposed(r.a.value()).times(r.update.scale()));
      }
    };
  }

  private static Tensor add(Tensor x, List<Parameter> bias) {
    return bias.isEmpty() ? x : x.plus(bias.getFirst().value().cast(x.dtype()));
  }
}
