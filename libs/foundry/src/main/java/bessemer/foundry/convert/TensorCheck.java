package bessemer.foundry.convert;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.Quantization;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Compares rows of one tensor of the result with the source, in `double`, number by number.
record TensorCheck(Checkpoint source, Checkpoint result, TensorPlan tensor) {
  /// Of half a step: the scale as a float times 127, and the quotient before it becomes a code.
  private static final double INT8_ROUNDING = 1e-4;

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

  Sums rows(long from, long to) {
    try (Arena arena = Arena.ofConfined()) {
      long count = (to - from) * tensor.rowElements();
      var at = new Place(from, to, count, arena);
      return switch (tensor.action()) {
        case Action.Copy _ -> equal(at);
        case Action.Cast _ -> cast(at);
        case Action.Quantize(var q) -> packed(at, q, result, source);
        case Action.Int8 _ -> int8(at);
        case Action.Dequantize(var q) -> packed(at, q, source, result);
      };
    }
  }

  /// Some rows, with the memory to look at them.
  private record Place(long from, long to, long count, Arena arena) {
    MemorySegment of(Checkpoint checkpoint, String name) {
      return checkpoint.data(name, from, to, arena);
    }
  }

  private Sums equal(Place at) {
    long different = at.of(source, tensor.name()).mismatch(at.of(result, tensor.name()));
    if (different >= 0) {
      throw wrong(at, different / tensor.to().width(), "differs from the source");
    }
    return Sums.none(tensor.name());
  }

  private Sums cast(Place at) {
    MemorySegment in = at.of(source, tensor.name());
    MemorySegment out = at.of(result, tensor.name());
    var seen = new Seen();
    for (long i = 0; i < at.count; i++) {
      double expected = number(tensor.from(), in, i);
      double actual = number(tensor.to(), out, i);
      if (!seen.add(expected, actual, halfUlp(tensor.to(), actual))) {
        throw wrong(at, i, expected + " became " + actual);
      }
    }
    return seen.sums(tensor.name());
  }

  /// Half a step of the row, as its largest magnitude in the source makes it, and what rounding of
  /// the scale does to the largest code.
  private Sums int8(Place at) {
    MemorySegment in = at.of(source, tensor.name());
    MemorySegment codes = at.of(result, tensor.name());
    MemorySegment scales = at.of(result, tensor.module() + ".scales");
    long width = tensor.rowElements();
    var seen = new Seen();
    for (long first = 0; first < at.count; first += width) {
      double scale = number(StoredType.F32, scales, first / width);
      double largest = 0;
      for (long i = first; i < first + width; i++) {
        largest = Math.max(largest, Math.abs(number(tensor.from(), in, i)));
      }
      double step = largest / Int8Codes.MOST;
      double bound =
          step < 2 * Int8Codes.SMALLEST ? largest + 1e-30 : step / 2 * (1 + INT8_ROUNDING);
      for (long i = first; i < first + width; i++) {
        double expected = number(tensor.from(), in, i);
        double restored = scale * codes.get(JAVA_BYTE, i);
        if (!seen.add(expected, restored, bound)) {
          throw wrong(at, i, expected + " became " + restored);
        }
      }
    }
    return seen.sums(tensor.name());
  }

  /// Quantized numbers of one side against plain ones of the other, group by group.
  private Sums packed(Place at, Quantization q, Checkpoint packed, Checkpoint plain) {
    String scales = tensor.module() + ".scales";
    StoredType scaleType = stored(packed, scales).type();
    StoredType plainType = stored(plain, tensor.name()).type();
    MemorySegment words = at.of(packed, tensor.name());
    MemorySegment scale = at.of(packed, scales);
    MemorySegment bias = at.of(packed, tensor.module() + ".biases");
    MemorySegment numbers = at.of(plain, tensor.name());
    var seen = new Seen();
    double[] group = new double[q.group()];
    for (long first = 0; first < at.count; first += q.group()) {
      double s = number(scaleType, scale, first / q.group());
      double b = number(scaleType, bias, first / q.group());
      double largest = 0;
      for (int i = 0; i < group.length; i++) {
        group[i] = number(plainType, numbers, first + i);
        largest = Math.max(largest, Math.abs(group[i]));
      }
      double bound = bound(q, scaleType, s, b, largest);
      for (int i = 0; i < group.length; i++) {
        double restored = s * code(q, words, first + i) + b;
        if (!seen.add(group[i], restored, bound)) {
          throw wrong(at, first + i, "%s against %s".formatted(group[i], restored));
        }
      }
    }
    return seen.sums(tensor.name());
  }

  /// Into a quantized tensor: one step, what rounding the step does to the largest code, rounding
  /// of the bias, and of the number itself if it changed its type. Out of one: rounding of product
  /// and sum to `float`, and to the type of the result.
  private double bound(Quantization q, StoredType type, double scale, double bias, double largest) {
    int codes = (1 << q.bits()) - 1;
    return switch (tensor.action()) {
      case Action.Dequantize _ ->
          halfUlp(tensor.to(), largest)
              + 2 * halfUlp(StoredType.F32, Math.max(largest, Math.abs(scale) * codes));
      case Action.Copy _, Action.Cast _, Action.Quantize _, Action.Int8 _ ->
          Math.abs(scale)
              + codes * halfUlp(type, scale)
              + halfUlp(type, bias)
              + (tensor.from() == tensor.to() ? 0 : halfUlp(tensor.to(), largest));
    };
  }

  /// Codes are a stream of bits, lowest first; one may lie in two words.
  private static int code(Quantization q, MemorySegment words, long index) {
    long bit = index * q.bits();
    long word = bit / 32 * 4;
    long bits = words.get(JAVA_INT_UNALIGNED, word) & 0xffff_ffffL;
    if (bit % 32 + q.bits() > 32) {
      bits |= (long) words.get(JAVA_INT_UNALIGNED, word + 4) << 32;
    }
    return (int) (bits >>> (bit % 32)) & ((1 << q.bits()) - 1);
  }

  private static StoredTensor stored(Checkpoint checkpoint, String name) {
    return Objects.requireNonNull(checkpoint.tensors().get(name), name);
  }

  private BadCheckpointException wrong(Place at, long index, String what) {
    return OutputCheck.outOfBounds(
        stored(result, tensor.name()), at.from * tensor.rowElements() + index, what);
  }

  /// Adds differences up.
  private static final class Seen {
    private double maxAbs;
    private double maxOfBound;
    private double squaredError;
    private double squared;

    /// @return whether the difference is within the bound
    boolean add(double expected, double actual, double bound) {
      double error = Math.abs(actual - expected);
      maxAbs = Math.max(maxAbs, error);
      maxOfBound = Math.max(maxOfBound, error / bound);
      squaredError += error * error;
      squared += expected * expected;
      return error <= bound;
    }

    Sums sums(String tensor) {
      return new Sums(tensor, maxAbs, maxOfBound, squaredError, squared);
    }
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
    int exponent = Math.getExponent(value); // -1023 for zero
    return switch (type) {
      case F16 -> power(Math.max(exponent, -14) - 11);
      case BF16 -> power(Math.max(exponent, -126) - 8);
      case F32 -> power(Math.max(exponent, -126) - 24);
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64, F64 ->
          throw new IllegalArgumentException("no type of weights: " + type);
    };
  }

  private static double power(int exponent) {
    return Double.longBitsToDouble((exponent + 1023L) << 52);
  }
}
