package bessemer.tensor;

/// Everything a backend can be asked to do; all else is composed of these. Attributes are fields,
/// tensors are inputs, and every primitive has exactly one result.
///
/// Adding one: a record here, then the compiler asks for its shape ([Inference]), its gradient
/// ([Backward]) and a kernel in every [Backend]; then a method on [Tensor] and a contract test.
///
/// Letters: B batch, L queries, S keys, H query heads, K key heads, E head width, D width, N rows.
public sealed interface Primitive {
  /// One input, element by element.
  sealed interface Unary extends Primitive {}

  /// Two inputs of one type, broadcast against each other.
  sealed interface Binary extends Primitive {}

  record Fill(float value, Shape shape) implements Primitive {}

  record Add() implements Binary {}

  record Multiply() implements Binary {}

  record Maximum() implements Binary {}

  /// i32: 1 where the first is less than the second, else 0.
  record Less() implements Primitive {}

  /// Condition i32, then two of one type, all broadcast: the second where the first is not 0.
  record Where() implements Primitive {}

  /// `x * scale + shift`
  record Affine(float scale, float shift) implements Unary {}

  record Power(float exponent) implements Unary {}

  record Sigmoid() implements Unary {}

  record Silu() implements Unary {}

  record Relu() implements Unary {}

  /// Along the last axis.
  record Softmax() implements Unary {}

  /// Keeps the axis with length 1, so that the gradient of Sum is Broadcast and the reverse.
  record Sum(int axis) implements Primitive {}

  /// The first place of the largest along the last axis, which goes: i32 `[..]`.
  record ArgMax() implements Primitive {}

  /// The places of the `count` largest along the last axis, the largest first, the earlier of
  /// equals first: i32 `[.., count]`.
  record TopK(int count) implements Primitive {}

  /// `values [.., D]`, indices `[.., N]`: the values at the indices along the last axis, `[.., N]`.
  record Take() implements Primitive {}

  /// Logits `[.., D]` and numbers u `[..]`, multiples of 2^-23 from 0 to below 1: one index of each
  /// row, i32 `[..]`; -1 where a logit is positive infinity or not a number.
  ///
  /// Of the probabilities of `softmax(logits / temperature)` the `topK` largest stay (0: all; of
  /// equals the earlier), of those the fewest largest that reach `topP` of their sum, of those the
  /// ones of at least `minP` of the largest. The index is where u times their sum falls: the
  /// largest first where `topK` or `topP` rank them, else in their own order.
  record Draw(float temperature, int topK, float topP, float minP) implements Primitive {
    public Draw {
      boolean shares = topP > 0 && topP <= 1 && minP >= 0 && minP <= 1;
      if (!(temperature > 0 && Float.isFinite(temperature) && topK >= 0 && shares)) {
        throw new IllegalArgumentException(
            "nothing is drawn at temperature %s, top-k %d, top-p %s, min-p %s"
                .formatted(temperature, topK, topP, minP));
      }
    }

    /// Whether rows of this width are ranked.
    public boolean ranks(long width) {
      return topK > 0 && topK < width || topP < 1;
    }

    /// How many of a row of this width are looked at.
    public long count(long width) {
      return topK > 0 ? Math.min(topK, width) : width;
    }
  }

  /// `[.., L, D] x [D, N]`, or `[N, D]` when transposed. The right side is one matrix or one for
  /// each of the left; it may be narrower than the left (bf16 weights, f32 activations). A third
  /// input, a bias `[N]`, is added to every row.
  record Matmul(boolean transposeB) implements Primitive {}

  /// `x [.., D]`, packed `[N, D * bits / 32]`, scales and biases `[N, D / group]`. A fifth input, a
  /// bias `[N]`, is added to every row.
  record QuantizedMatmul(Quantization quantization) implements Primitive {}

  /// Packed `[N, D * bits / 32]`, scales and biases `[N, D / group]`: `[N, D]` of the scales' type.
  record Dequantize(Quantization quantization) implements Primitive {}

  /// `x [.., D]`, codes i8 `[N, D]`, scales f32 `[N]`: x times the transpose of codes * scales. A
  /// fourth input, a bias `[N]`, is added to every row.
  ///
  /// @param step of activations where a backend rounds them, the same for all rows; 0 where each
  ///   row has its own, its largest magnitude / 127
  record Int8Matmul(float step) implements Primitive {
    public Int8Matmul {
      if (!(step >= 0 && Float.isFinite(step))) {
        throw new IllegalArgumentException("a step of activations is 0 or more, not " + step);
      }
    }
  }

  /// `x [.., D]`, weight `[D]`.
  record RmsNorm(float epsilon) implements Primitive {}

  /// `x [.., D]`, weight `[D]`, bias `[D]`.
  record LayerNorm(float epsilon) implements Primitive {}

  /// `x BHLE`, offsets `[B]`, radians per position `[E / 2]`. Scaled variants are other tables;
  /// `scale` multiplies the result (the attention factor of yarn and longrope).
  record Rope(boolean interleaved, float scale) implements Primitive {}

  /// `q BHLE`, `k BKSE`, `v BKSE`, bounds `[B]`; H is a multiple of K. Keys and values may be of
  /// any float type, or rows of int8 as [Place] writes them.
  record Attention(float scale, Mask mask) implements Primitive {}

  /// `q BHLE`, bounds `[B]`, then for each row its own `k [1, K, S, E]` and `v [1, K, S, E]`: rows
  /// that look back to different lengths. Keys that no query of a row may see are not read.
  record RowsAttention(float scale, Mask mask) implements Primitive {}

  /// Bounds `[B]` to what a query adds to its scores, `[B, 1, L, S]`: 0, or -1e30 where masked.
  record MaskBias(Mask mask, long queries, long keys) implements Primitive {}

  /// Buffer BKSE, update BKLE, offsets `[B]`: the buffer with each row's update at its offset.
  /// Takes the buffer over: written in place when nothing else refers to it, else copied.
  ///
  /// Floats are rounded to a buffer of narrower ones, those beyond its range to the largest. An i8
  /// buffer is BKS(E + 4): E codes x / scale, and after them their scale in f32, the largest / 127.
  record Place() implements Primitive {}

  /// `table [N, D]`, indices of any shape: `[.., D]`.
  record Gather() implements Primitive {}

  /// The reverse: values `[.., D]` summed into `[rows, D]` at the indices.
  record Scatter(long rows) implements Primitive {}

  /// An index outside the classes gives a row of zeros.
  record OneHot(long classes) implements Primitive {}

  /// Logits `[.., N]`, targets `[..]`: the loss of each; 0 where the target is negative.
  record CrossEntropy() implements Primitive {}

  /// Logits, targets, and the gradient of each loss `[..]`: the gradient of the logits.
  record CrossEntropyGradient() implements Primitive {}

  /// `x`, the gradient of `silu(x)`: the gradient of `x`.
  record SiluGradient() implements Binary {}

  /// `x [.., D]`, weight `[D]`, the gradient of `rmsNorm(x)`: the gradient of `x`.
  record RmsNormGradient(float epsilon) implements Primitive {}

  /// Also a second handle on the same elements, when the shape stays.
  record Reshape(Shape shape) implements Primitive {}

  record Broadcast(Shape shape) implements Primitive {}

  record Transpose(int... axes) implements Primitive {
    @Override
    public String toString() {
      return "Transpose" + java.util.Arrays.toString(axes);
    }
  }

  record Slice(int axis, long from, long to) implements Primitive {}

  record Concat(int axis) implements Primitive {}

  record Cast(DType dtype) implements Primitive {}
}
