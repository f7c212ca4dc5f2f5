package bessemer.foundry.convert;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.Quantization;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Compares rows of one tensor of the result with the source, in `double`, number by number.
record TensorCheck(Checkpoint source, Checkpoint result, TensorPlan tensor) {

  /// What was seen of a tensor.
  record Sums(
      String tensor, double maxAbs, double maxOfBound, double squaredError, double squared) {
    static Sums none(String tensor) {
      return new Sums(tensor, 0, 0, 0, 0);
    }

    Sums plus(Sums other) {
      return new Sums(
          tensor,
          Math.max(maxAbs, other.maxAbs),
          Math.max(maxOfBound, other.maxOfBound),
          squaredError + other.squaredError,
          squared + other.squared);
    }

    CheckReport.Deviation deviation() {
      double relative = squaredError == 0 ? 0 : Math.sqrt(squaredError / squared);
      return new CheckReport.Deviation(tensor, maxAbs, maxOfBound, relative);
    }
  }

  /// A stored tensor as numbers, and the quantization it is in.
  private sealed interface Numbers {
    double at(long index);

    /// How far the number at `index`, which was stored as `type`, may be off.
    double bound(long index, StoredType type);

    /// The largest magnitude on the way to the number at `index`.
    double largest(long index);
  }

  private record Plain(StoredType type, MemorySegment bytes) implements Numbers {
    @Override
    public double at(long index) {
      return number(type, bytes, index);
    }

    @Override
    public double bound(long index, StoredType stored) {
      return halfUlp(stored, at(index));
    }

    @Override
    public double largest(long index) {
      return Math.abs(at(index));
    }
  }

  private record Packed(
      Quantization q,
      StoredType type,
      MemorySegment words,
      MemorySegment scales,
      MemorySegment biases)
      implements Numbers {
    @Override
    public double at(long index) {
      return scale(index) * code(index) + bias(index);
    }

    private double scale(long index) {
      return number(type, scales, index / q.group());
    }

    private double bias(long index) {
      return number(type, biases, index / q.group());
    }

    @Override
    public double largest(long index) {
      return Math.max(Math.abs(at(index)), Math.abs(scale(index) * code(index)));
    }

    /// Codes are a stream of bits, lowest first; one may lie in two words.
    private int code(long index) {
      long bit = index * q.bits();
      long word = bit / 32 * 4;
      long bits = words.get(JAVA_INT_UNALIGNED, word) & 0xffff_ffffL;
      if (bit % 32 + q.bits() > 32) {
        bits |= (long) words.get(JAVA_INT_UNALIGNED, word + 4) << 32;
      }
      return (int) (bits >>> (bit % 32)) & ((1 << q.bits()) - 1);
    }

    /// One step, what rounding the step does to the largest code, and rounding of the bias.
    @Override
    public double bound(long index, StoredType stored) {
      double scale = Math.abs(scale(index));
      return scale + ((1 << q.bits()) - 1) * halfUlp(type, scale) + halfUlp(type, bias(index));
    }
  }

  Sums rows(long from, long to) {
    try (Arena arena = Arena.ofConfined()) {
      long count = (to - from) * tensor.rowElements();
      return switch (tensor.action()) {
        case Action.Copy _ -> equal(from, to, arena);
        case Action.Cast _ ->
            compare(plain(source, from, to, arena), plain(result, from, to, arena), from, count);
        case Action.Quantize(var q) ->
            compare(
                plain(source, from, to, arena), packed(result, q, from, to, arena), from, count);
        case Action.Dequantize(var q) ->
            compare(
                packed(source, q, from, to, arena), plain(result, from, to, arena), from, count);
      };
    }
  }

  private Numbers plain(Checkpoint checkpoint, long from, long to, Arena arena) {
    StoredType type = checkpoint.tensors().get(tensor.name()).type();
    return new Plain(type, checkpoint.data(tensor.name(), from, to, arena));
  }

  private Numbers packed(Checkpoint checkpoint, Quantization q, long from, long to, Arena arena) {
    String scales = tensor.module() + ".scales";
    return new Packed(
        q,
        checkpoint.tensors().get(scales).type(),
        checkpoint.data(tensor.name(), from, to, arena),
        checkpoint.data(scales, from, to, arena),
        checkpoint.data(tensor.module() + ".biases", from, to, arena));
  }

  private Sums equal(long from, long to, Arena arena) {
    MemorySegment in = source.data(tensor.name(), from, to, arena);
    long different = in.mismatch(result.data(tensor.name(), from, to, arena));
    if (different >= 0) {
      long index = from * tensor.rowElements() + different / tensor.to().width();
      throw OutputCheck.outOfBounds(
          result.tensors().get(tensor.name()), index, "differs from the source");
    }
    return Sums.none(tensor.name());
  }

  private Sums compare(Numbers in, Numbers out, long from, long count) {
    double maxAbs = 0;
    double maxOfBound = 0;
    double squaredError = 0;
    double squared = 0;
    for (long i = 0; i < count; i++) {
      double expected = in.at(i);
      double error = Math.abs(out.at(i) - expected);
      if (error != 0) {
        double ofBound = error / bound(in, out, i);
        if (!(ofBound <= 1)) {
          throw OutputCheck.outOfBounds(
              result.tensors().get(tensor.name()),
              from * tensor.rowElements() + i,
              "%s became %s".formatted(expected, out.at(i)));
        }
        maxAbs = Math.max(maxAbs, error);
        maxOfBound = Math.max(maxOfBound, ofBound);
        squaredError += error * error;
      }
      squared += expected * expected;
    }
    return new Sums(tensor.name(), maxAbs, maxOfBound, squaredError, squared);
  }

  /// Scale times code and the sum with the bias are rounded to `float` on the way out of a
  /// quantized source; weights are rounded to the new type on the way into one.
  private double bound(Numbers in, Numbers out, long i) {
    return switch (tensor.action()) {
      case Action.Copy _ -> 0;
      case Action.Cast _ -> out.bound(i, tensor.to());
      case Action.Quantize _ -> out.bound(i, tensor.to()) + halfUlp(tensor.to(), in.at(i));
      case Action.Dequantize _ ->
          out.bound(i, tensor.to()) + 2 * halfUlp(StoredType.F32, in.largest(i));
    };
  }

  private static double number(StoredType type, MemorySegment bytes, long index) {
    return switch (type) {
      case F64 -> bytes.get(JAVA_DOUBLE_UNALIGNED, 8 * index);
      case F32 -> bytes.get(JAVA_FLOAT_UNALIGNED, 4 * index);
      case F16 -> Float.float16ToFloat(bytes.get(JAVA_SHORT_UNALIGNED, 2 * index));
      case BF16 -> Float.intBitsToFloat(bytes.get(JAVA_SHORT_UNALIGNED, 2 * index) << 16);
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64 ->
          throw new IllegalArgumentException("no floating point numbers: " + type);
    };
  }

  /// Half the distance from `value` to its neighbour away from zero.
  private static double halfUlp(StoredType type, double value) {
    int exponent = value == 0 ? Integer.MIN_VALUE : Math.getExponent(value);
    return switch (type) {
      case F16 -> Math.scalb(0.5, Math.max(exponent, -14) - 10);
      case BF16 -> Math.scalb(0.5, Math.max(exponent, -126) - 7);
      case F32 -> Math.scalb(0.5, Math.max(exponent, -126) - 23);
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64, F64 ->
          throw new IllegalArgumentException("no type of weights: " + type);
    };
  }
}
