package bessemer.tensor.nn;

import bessemer.tensor.Parameter;
import bessemer.tensor.Quantization;
import bessemer.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;

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

  /// Codes of int8, and one scale for each row.
  ///
  /// @param step of activations where they are rounded, calibrated beforehand; 0 where each row has
  ///   its own
  record Int8(String path, Parameter codes, Parameter scales, float step, List<Parameter> bias)
      implements Linear {}

  /// Another, which shows what goes into it before it multiplies.
  record Watched(String path, Linear base, Consumer<Tensor> seen) implements Linear {}

  /// `base(x) + scale * x A B` with A `[in, rank]`, B `[rank, out]`; only A and B are trained.
  record LowRank(String path, Linear base, Parameter a, Parameter b, LowRankUpdate update)
      implements Linear {}

  String path();

  default Tensor forward(Tensor x) {
    return product(x).named(path());
  }

  private Tensor product(Tensor x) {
    return switch (this) {
      case Dense(_, Parameter weight, List<Parameter> bias) ->
          bias.isEmpty()
              ? x.matmulTransposed(weight.value())
              : x.matmulTransposed(weight.value(), like(x, bias));
      case Quantized q -> quantized(q, x);
      case Int8 i -> int8(i, x);
      case Watched w -> {
        w.seen.accept(x);
        yield w.base.product(x);
      }
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
      case Int8 i -> new Int8(path, i.codes, i.scales, i.step, i.bias);
      case Watched w -> new Watched(path, w.base, w.seen);
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
      case Int8 i -> {
        Tensor flat = tokens.reshape(tokens.shape().size());
        Tensor scales = i.scales.value().reshape(i.scales.shape().size(), 1).gather(flat);
        Tensor rows = i.codes.value().gather(flat).int8Rows(scales);
        yield rows.reshape(tokens.shape().append(rows.dim(-1)));
      }
      case Watched w -> w.base.rows(tokens);
      case LowRank r -> {
        Tensor b = r.b.value().transpose(1, 0).gather(tokens); // [.., rank]
        yield r.base.rows(tokens).plus(b.matmulTransposed(r.a.value()).times(r.update.scale()));
      }
    };
  }

  private static Tensor quantized(Quantized of, Tensor x) {
    Tensor packed = of.packed.value();
    Tensor scales = of.scales.value();
    Tensor biases = of.biases.value();
    return of.bias.isEmpty()
        ? x.quantizedMatmul(packed, scales, biases, of.quantization)
        : x.quantizedMatmul(packed, scales, biases, of.quantization, like(x, of.bias));
  }

  private static Tensor int8(Int8 of, Tensor x) {
    Tensor codes = of.codes.value();
    Tensor scales = of.scales.value();
    return of.bias.isEmpty()
        ? x.int8Matmul(codes, scales, of.step)
        : x.int8Matmul(codes, scales, of.step, like(x, of.bias));
  }

  /// A checkpoint may store its biases in another type than its embedding.
  private static Tensor like(Tensor x, List<Parameter> bias) {
    return bias.getFirst().value().cast(x.dtype());
  }
}
