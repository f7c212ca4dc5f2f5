package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;

import bessemer.tensor.DType;
import jdk.incubator.vector.FloatVector;

/// Dot products of a few rows of floats with rows of weights that lie one after the other, each
/// weight read once for up to four rows. What a decoding step spends its time in.
final class DenseRows {
  private DenseRows() {}

  /// Bytes of scratch that [#dot] needs.
  static long scratchBytes(DType type, int inner) {
    return type == DType.F16 ? 4L * inner : 0;
  }

  /// The dot products of `rows` rows of floats with one row of weights, at `to` and every `toStep`
  /// bytes. Half floats are widened into scratch first: more than one such conversion in a loop is
  /// too large for the compiler to inline.
  static void dot(Rows x, DType type, long weights, long to, long toStep, long scratch) {
    if (type == DType.F16) {
      Half.toFloats(type, weights, scratch, x.inner);
      dot(x, DType.F32, scratch, to, toStep, scratch);
      return;
    }
    int row = 0;
    for (; row + 4 <= x.count; row += 4) {
      four(type, x.at + row * x.step(), x.step(), weights, x.inner, to + row * toStep, toStep);
    }
    for (; row < x.count; row++) {
      Raw.put(to + row * toStep, one(type, x.at + row * x.step(), weights, x.inner));
    }
  }

  /// Rows of floats one after the other.
  record Rows(long at, int count, int inner) {
    long step() {
      return 4L * inner;
    }
  }

  static float one(DType type, long x, long weights, int inner) {
    return switch (type) {
      case F32 -> oneF32(x, weights, inner);
      case BF16 -> oneBf16(x, weights, inner);
      case F16, I8, I32, U32 -> throw new IllegalArgumentException("weights of " + type);
    };
  }

  private static void four(
      DType type, long x, long step, long weights, int inner, long to, long toStep) {
    switch (type) {
      case F32 -> fourF32(x, step, weights, inner, to, toStep);
      case BF16 -> fourBf16(x, step, weights, inner, to, toStep);
      case F16, I8, I32, U32 -> throw new IllegalArgumentException("weights of " + type);
    }
  }

  private static float sum(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
    return Raw.sum(a.add(b).add(c.add(d)));
  }

  private static float rest(DType type, long x, long weights, int from, int inner) {
    float sum = 0;
    for (int k = from; k < inner; k++) {
      float weight = Half.load(type, weights + (long) k * type.bytes());
      sum = Math.fma(Raw.get(x + 4L * k), weight, sum);
    }
    return sum;
  }

  private static float oneF32(long x, long w, int inner) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    int k = 0;
    for (; k <= inner - 4 * LANES; k += 4 * LANES) {
      long p = x + 4L * k;
      long q = w + 4L * k;
      a = floats(q).fma(floats(p), a);
      b = floats(q + WIDTH).fma(floats(p + WIDTH), b);
      c = floats(q + 2 * (WIDTH)).fma(floats(p + 2 * WIDTH), c);
      d = floats(q + 3 * (WIDTH)).fma(floats(p + 3 * WIDTH), d);
    }
    for (; k <= inner - LANES; k += LANES) {
      a = floats(w + 4L * k).fma(floats(x + 4L * k), a);
    }
    return sum(a, b, c, d) + rest(DType.F32, x, w, k, inner);
  }

  private static void fourF32(long x, long step, long w, int inner, long to, long toStep) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    int k = 0;
    for (; k <= inner - LANES; k += LANES) {
      long p = x + 4L * k;
      FloatVector weight = floats(w + 4L * k);
      a = weight.fma(floats(p), a);
      b = weight.fma(floats(p + step), b);
      c = weight.fma(floats(p + 2 * step), c);
      d = weight.fma(floats(p + 3 * step), d);
    }
    put(DType.F32, a, x, w, k, inner, to);
    put(DType.F32, b, x + step, w, k, inner, to + toStep);
    put(DType.F32, c, x + 2 * step, w, k, inner, to + 2 * toStep);
    put(DType.F32, d, x + 3 * step, w, k, inner, to + 3 * toStep);
  }

  private static float oneBf16(long x, long w, int inner) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    int k = 0;
    for (; k <= inner - 4 * LANES; k += 4 * LANES) {
      long p = x + 4L * k;
      long q = w + 2L * k;
      a = Half.bf16(q).fma(floats(p), a);
      b = Half.bf16(q + WIDTH / 2).fma(floats(p + WIDTH), b);
      c = Half.bf16(q + 2 * (WIDTH / 2)).fma(floats(p + 2 * WIDTH), c);
      d = Half.bf16(q + 3 * (WIDTH / 2)).fma(floats(p + 3 * WIDTH), d);
    }
    for (; k <= inner - LANES; k += LANES) {
      a = Half.bf16(w + 2L * k).fma(floats(x + 4L * k), a);
    }
    return sum(a, b, c, d) + rest(DType.BF16, x, w, k, inner);
  }

  private static void fourBf16(long x, long step, long w, int inner, long to, long toStep) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    FloatVector c = all(0);
    FloatVector d = all(0);
    int k = 0;
    for (; k <= inner - LANES; k += LANES) {
      long p = x + 4L * k;
      FloatVector weight = Half.bf16(w + 2L * k);
      a = weight.fma(floats(p), a);
      b = weight.fma(floats(p + step), b);
      c = weight.fma(floats(p + 2 * step), c);
      d = weight.fma(floats(p + 3 * step), d);
    }
    put(DType.BF16, a, x, w, k, inner, to);
    put(DType.BF16, b, x + step, w, k, inner, to + toStep);
    put(DType.BF16, c, x + 2 * step, w, k, inner, to + 2 * toStep);
    put(DType.BF16, d, x + 3 * step, w, k, inner, to + 3 * toStep);
  }

  private static void put(
      DType type, FloatVector sums, long x, long weights, int from, int inner, long to) {
    float sum = Raw.sum(sums);
    Raw.put(to, sum + rest(type, x, weights, from, inner));
  }
}
