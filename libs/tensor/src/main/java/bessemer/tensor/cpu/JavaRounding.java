package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.Quantization;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/// Rounding for kernels of the Vector API, which multiply in 16 bits. Its memory is that of one
/// product at a time.
final class JavaRounding implements Rounding {
  /// Of more rows the product of floats is faster: each costs half, once weights are unpacked,
  /// which costs as much as some 25 rows do here.
  private static final int MOST_ROWS = 40;

  /// Below this a step would have no inverse; such activations count as zero.
  private static final float SMALLEST = 1e-30f;

  // Adding it rounds to an integer, to even between two, which then lies in the last bits.
  private static final float ROUND = 0x1.8p23f;
  private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

  private final JavaInt8 int8 = new JavaInt8();
  private short[] planes = {};
  private float[] steps = {};
  private float[] sums = {};

  @Override
  public JavaInt8 int8() {
    return int8;
  }

  @Override
  public @Nullable NativeBf16 bf16() {
    return null;
  }

  @Override
  public boolean takes(Quantization q, int inner, int rows) {
    return rows <= MOST_ROWS;
  }

  @Override
  public Rounded round(Device device, long x, int rows, int inner, Quantization q) {
    int form = Planes.form(q.bits());
    int groups = inner / q.group();
    int padded = Planes.padded(form, inner);
    int length = Planes.length(form, padded);
    if (planes.length < rows * length) {
      planes = new short[rows * length];
    }
    if (steps.length < rows * groups) {
      steps = new float[rows * groups];
      sums = new float[rows * groups];
    }
    device.each(
        rows,
        8L * inner,
        (first, last, own) -> {
          long codes = own.take(4L * padded);
          Raw.clear(codes + 4L * inner, 4L * (padded - inner));
          for (int row = (int) first; row < last; row++) {
            groups(x + 4L * row * inner, q.group(), row * groups, groups, codes);
            Planes.put(form, codes, padded, planes, row * length);
          }
        });
    return new RoundedRows(planes, length, steps, sums, rows);
  }

  private void groups(long x, int group, int first, int count, long codes) {
    for (int g = 0; g < count; g++) {
      long at = 4L * g * group;
      group(x + at, group, codes + at, first + g);
    }
  }

  /// Codes, step and sum of one group.
  private void group(long x, int count, long codes, int group) {
    float most = most(x, count);
    boolean nothing = most < SMALLEST;
    float inverse = nothing ? 0 : 127 / most;
    IntVector total = IntVector.zero(Raw.I);
    for (int i = 0; i < count; i += LANES) {
      FloatVector rounded = Raw.floats(x + 4L * i).mul(inverse).add(ROUND);
      IntVector code = rounded.reinterpretAsInts().sub(ROUND_BITS);
      code.intoMemorySegment(Raw.ALL, codes + 4L * i, Raw.ORDER);
      total = total.add(code);
    }
    steps[group] = nothing ? 0 : most / 127;
    sums[group] = steps[group] * total.reduceLanes(VectorOperators.ADD);
  }

  private static float most(long x, int count) {
    FloatVector most = FloatVector.zero(F);
    for (int i = 0; i < count; i += LANES) {
      most = most.max(Raw.floats(x + 4L * i).abs());
    }
    return most.reduceLanes(VectorOperators.MAX);
  }
}
