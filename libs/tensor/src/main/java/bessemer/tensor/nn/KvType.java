package bessemer.tensor.nn;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Shape;
import bessemer.tensor.Tensor;

/// The elements of a cache of keys and values. Attention computes in floats whatever they are: of
/// 32 bits on the processor.
public enum KvType {
  /// As the model computes them: floats of 32 bits on the processor.
  FP32,
  /// Those beyond 65,504 become 65,504.
  FP16,
  BF16,
  /// Codes of 8 bits and one scale for each head at each position: the largest / 127.
  INT8;

  /// The type of a buffer for what the model computes in `computed`.
  DType stored(DType computed) {
    return switch (this) {
      case FP32 -> computed;
      case FP16 -> DType.F16;
      case BF16 -> DType.BF16;
      case INT8 -> DType.I8;
    };
  }

  /// Room for keys or values of one sequence: zeros.
  ///
  /// @param like keys or values as they were computed, `[1, K, L, E]`
  Tensor buffer(Tensor like, long positions) {
    Engine engine = like.engine();
    long width = width(like.dim(3));
    Tensor zero = engine.fill(0, 1, 1, 1, width).cast(stored(like.dtype()));
    return zero.broadcast(Shape.of(1, like.dim(1), positions, width));
  }

  /// Keys or values `[1, K, S, E]` in a buffer of their own, of the current scope.
  Tensor rounded(Tensor x) {
    return buffer(x, x.dim(2)).place(x, x.engine().of(new int[1], 1));
  }

  /// Elements of a buffer for one head at one position; `width` of the head.
  long width(long width) {
    return this == INT8 ? width + Float.BYTES : width;
  }

  /// Bytes of one head's keys at one position, and as many of its values; of a model that computes
  /// in floats of 32 bits.
  public long bytes(int width) {
    return width(width) * stored(DType.F32).bytes();
  }
}
