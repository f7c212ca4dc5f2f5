package bessemer.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Turns rows of weights into codes, scales and biases, bit by bit as MLX does on the cpu: the
/// group's end that is further from zero is met exactly, zero too, and everything is computed in
/// floats before scale and bias are rounded to the type of the weights.
///
/// Host code on memory outside the heap, for mapped files for instance; has no state, so threads
/// may share the rows of a matrix among them.
public final class AffineQuantizer {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));
  private static final int LANES = F.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
  // Adding it rounds to the nearest integer, to even between two.
  private static final float ROUND = 0x1.8p23f;
  private static final float LEAST_STEP = 1e-7f;

  private final Quantization quantization;
  private final DType type;
  private final float[] weights;
  private final int[] codes;

  private AffineQuantizer(Quantization quantization, DType type) {
    this.quantization = quantization;
    this.type = type;
    this.weights = new float[quantization.group()];
    this.codes = new int[quantization.group()];
  }

  /// Quantizes `rows` rows of `columns` weights that lie one after the other.
  ///
  /// @param type of the weights, and of the scales and biases: f32, f16 or bf16
  /// @param source `[rows, columns]`
  /// @param words takes `[rows, columns * bits / 32]`
  /// @param scales takes `[rows, columns / group]`
  /// @param biases takes `[rows, columns / group]`
  /// @throws IllegalArgumentException if the group does not divide the columns, a segment is too
  ///   small or lies on the heap
  public static void quantizeRows(
      Quantization quantization,
      DType type,
      long rows,
      long columns,
      MemorySegment source,
      Packed target) {
    if (!type.isFloat()) {
      throw new IllegalArgumentException("weights of " + type + " cannot be quantized");
    }
    long groups = Math.multiplyExact(rows, quantization.groups(columns));
    long weights = Math.multiplyExact(groups, quantization.group());
    check("the weights", source, Math.multiplyExact(weights, type.bytes()));
    check("the words", target.words, 4 * rows * quantization.words(columns));
    check("the scales", target.scales, groups * type.bytes());
    check("the biases", target.biases, groups * type.bytes());
    var one = new AffineQuantizer(quantization, type);
    long from = source.address();
    long words = target.words.address();
    long scale = target.scales.address();
    long bias = target.biases.address();
    for (long g = 0; g < groups; g++) {
      one.group(from, words, scale, bias);
      from += (long) quantization.group() * type.bytes();
      words += (long) quantization.group() * quantization.bits() / 8;
      scale += type.bytes();
      bias += type.bytes();
    }
  }

  /// Where the parts of a quantized matrix lie.
  public record Packed(MemorySegment words, MemorySegment scales, MemorySegment biases) {}

  private static void check(String what, MemorySegment segment, long bytes) {
    if (!segment.isNative() || segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "%s: %d bytes outside the heap are needed, not %s".formatted(what, bytes, segment));
    }
  }

  private void group(long from, long words, long scaleAt, long biasAt) {
    load(from);
    float low = reduce(false);
    float high = reduce(true);
    int most = (1 << quantization.bits()) - 1;
    boolean lowIsEdge = Math.abs(low) > Math.abs(high);
    float step = Math.max((high - low) / most, LEAST_STEP);
    float scale = lowIsEdge ? step : -step;
    float edge = lowIsEdge ? low : high;
    float bias = 0;
    float code = (float) Math.rint(edge / scale);
    if (code != 0) {
      scale = edge / code;
      bias = edge;
    }
    encode(scale, bias, most);
    pack(words);
    store(scaleAt, scale);
    store(biasAt, bias);
  }

  private void load(long from) {
    int count = weights.length;
    switch (type) {
      case BF16 -> {
        for (int i = 0; i < count; i += LANES) {
          var bits = ShortVector.fromMemorySegment(S, ALL, from + 2L * i, ORDER);
          var wide = (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
          wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(weights, i);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          weights[i] = Float.float16ToFloat(ALL.get(SHORT, from + 2L * i));
        }
      }
      case F32 -> {
        for (int i = 0; i < count; i++) {
          weights[i] = ALL.get(FLOAT, from + 4L * i);
        }
      }
      case I8, I32, U32 -> throw new IllegalStateException("checked by quantizeRows");
    }
  }

  private float reduce(boolean high) {
    FloatVector ends = FloatVector.fromArray(F, weights, 0);
    for (int i = LANES; i < weights.length; i += LANES) {
      FloatVector next = FloatVector.fromArray(F, weights, i);
      ends = high ? ends.max(next) : ends.min(next);
    }
    return ends.reduceLanes(high ? VectorOperators.MAX : VectorOperators.MIN);
  }

  private void encode(float scale, float bias, int most) {
    FloatVector divisor = FloatVector.broadcast(F, scale);
    for (int i = 0; i < weights.length; i += LANES) {
      FloatVector exact = FloatVector.fromArray(F, weights, i).sub(bias).div(divisor);
      FloatVector rounded = exact.add(ROUND).sub(ROUND).max(0f).min(most);
      ((IntVector) rounded.convert(VectorOperators.F2I, 0)).intoArray(codes, i);
    }
  }

  private void pack(long words) {
    switch (quantization.bits()) {
      case 4 -> packFours(words);
      case 8 -> packEights(words);
      default -> packOthers(words);
    }
  }

  private void packFours(long words) {
    for (int i = 0; i < codes.length; i += 8, words += 4) {
      int low = codes[i] | codes[i + 1] << 4 | codes[i + 2] << 8 | codes[i + 3] << 12;
      int high = codes[i + 4] | codes[i + 5] << 4 | codes[i + 6] << 8 | codes[i + 7] << 12;
      ALL.set(INT, words, low | high << 16);
    }
  }

  private void packEights(long words) {
    for (int i = 0; i < codes.length; i += 4, words += 4) {
      int low = codes[i] | codes[i + 1] << 8;
      int high = codes[i + 2] | codes[i + 3] << 8;
      ALL.set(INT, words, low | high << 16);
    }
  }

  private void packOthers(long words) {
    long window = 0;
    int held = 0;
    for (int code : codes) {
      window |= (long) code << held;
      held += quantization.bits();
      if (held >= 32) {
        ALL.set(INT, words, (int) window);
        words += 4;
        window >>>= 32;
        held -= 32;
      }
    }
  }

  private void store(long at, float value) {
    switch (type) {
      case BF16 -> {
        int bits = Float.floatToRawIntBits(value);
        int rounded = Float.isNaN(value) ? 0x7fc0 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
        ALL.set(SHORT, at, (short) rounded);
      }
      case F16 -> ALL.set(SHORT, at, Float.floatToFloat16(value));
      case F32 -> ALL.set(FLOAT, at, value);
      case I8, I32, U32 -> throw new IllegalStateException("checked by quantizeRows");
    }
  }
}
