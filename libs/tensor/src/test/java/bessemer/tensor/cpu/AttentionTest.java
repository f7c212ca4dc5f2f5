package bessemer.tensor.cpu;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Attention in all its ways against sums of doubles.
class AttentionTest {
  private record Size(int batch, int heads, int sharing, int queries, int keys, int width) {}

  private static final Size[] SIZES = {
    new Size(1, 1, 1, 1, 1, 8),
    new Size(2, 2, 1, 1, 70, 16),
    new Size(1, 2, 4, 1, 200, 64),
    new Size(2, 1, 9, 1, 65, 20),
    new Size(2, 2, 3, 5, 64, 33),
    new Size(1, 2, 2, 70, 70, 64),
    new Size(1, 1, 7, 33, 130, 80),
    new Size(1, 3, 1, 130, 129, 128),
    new Size(1, 2, 8, 1, 2500, 64),
    new Size(2, 1, 5, 3, 1100, 40),
  };

  private static final Mask[] MASKS = {new Mask.Causal(), new Mask.Window(37), new Mask.Padded()};

  private static float[] naive(float[] q, float[] k, float[] v, Size n, Mask mask, int[] bounds) {
    float[] out = new float[q.length];
    int heads = n.heads * n.sharing;
    for (int row = 0; row < n.batch * heads * n.queries; row++) {
      int group = row / n.queries / n.sharing;
      long bound = bounds[row / n.queries / heads];
      int from = (int) mask.from(bound, row % n.queries);
      int to = (int) mask.to(bound, row % n.queries, n.keys);
      double[] sums = new double[n.width];
      double top = Double.NEGATIVE_INFINITY;
      double[] scores = new double[n.keys];
      for (int key = from; key < to; key++) {
        for (int e = 0; e < n.width; e++) {
          scores[key] +=
              .2f * (double) q[row * n.width + e] * k[(group * n.keys + key) * n.width + e];
        }
        top = Math.max(top, scores[key]);
      }
      double total = 0;
      for (int key = from; key < to; key++) {
        double weight = Math.exp(scores[key] - top);
        total += weight;
        for (int e = 0; e < n.width; e++) {
          sums[e] += weight * v[(group * n.keys + key) * n.width + e];
        }
      }
      for (int e = 0; e < n.width; e++) {
        out[row * n.width + e] = total == 0 ? 0 : (float) (sums[e] / total);
      }
    }
    return out;
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void agreesWithDoublesUnderEveryMask(Optional<NativeKernels> kernels) {
    var r = new Random(1);
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (Size n : SIZES) {
        int[] bounds = new int[n.batch];
        for (Mask mask : MASKS) {
          for (int b = 0; b < n.batch; b++) {
            bounds[b] = b == 1 ? 3 : Math.max(0, n.keys - n.queries);
          }
          Tensor q = random(engine, r, n.batch, n.queries, n.heads * n.sharing, n.width);
          Tensor k = random(engine, r, n.batch, n.heads, n.keys + 9, n.width);
          Tensor v = random(engine, r, n.batch, n.heads, n.keys + 9, n.width);
          check(engine, n, mask, bounds, q.transpose(0, 2, 1, 3), k, v);
        }
      }
    }
  }

  private static void check(
      Engine engine, Size n, Mask mask, int[] bounds, Tensor q, Tensor k, Tensor v) {
    Tensor limits = engine.of(bounds, n.batch);
    Tensor keys = k.slice(2, 4, n.keys + 4);
    Tensor values = v.slice(2, 2, n.keys + 2);
    float[] expected = naive(q.toFloats(), keys.toFloats(), values.toFloats(), n, mask, bounds);
    float[] got = q.attend(keys, values, limits, .2f, mask).toFloats();
    assertClose(n + " " + mask, got, expected, 3e-6);
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void narrowCachesAreReadAsTheyAre(Optional<NativeKernels> kernels) {
    var r = new Random(2);
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (int queries : new int[] {1, 40}) {
        for (DType type : new DType[] {DType.F16, DType.BF16}) {
          Tensor q = random(engine, r, 1, 4, queries, 24);
          Tensor k = random(engine, r, 1, 2, 99, 24).cast(type);
          Tensor v = random(engine, r, 1, 2, 99, 24).cast(type);
          Tensor bounds = engine.of(new int[] {99 - queries}, 1);
          float[] got = q.attend(k, v, bounds, .2f, new Mask.Causal()).toFloats();
          Tensor wideK = k.cast(DType.F32);
          Tensor wideV = v.cast(DType.F32);
          float[] expected = q.attend(wideK, wideV, bounds, .2f, new Mask.Causal()).toFloats();
          assertThat(got).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void keysAndValuesOfEightBitsAreReadAsTheirCodesTimesTheirScales(
      Optional<NativeKernels> kernels) {
    var r = new Random(4);
    try (Engine engine = AllKernels.engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (Size n : SIZES) {
        Tensor q = random(engine, r, n.batch, n.heads * n.sharing, n.queries, n.width);
        Tensor k = codes(random(engine, r, n.batch, n.heads, n.keys, n.width));
        Tensor v = codes(random(engine, r, n.batch, n.heads, n.keys, n.width));
        int[] bounds = new int[n.batch];
        Arrays.fill(bounds, Math.max(0, n.keys - n.queries));
        var mask = new Mask.Causal();
        float[] expected = naive(q.toFloats(), values(k), values(v), n, mask, bounds);
        float[] got = q.attend(k, v, engine.of(bounds, n.batch), .2f, mask).toFloats();
        assertClose(n.toString(), got, expected, 3e-6);
      }
    }
  }

  /// A buffer of int8, made one position after the other and two at once.
  private static Tensor codes(Tensor x) {
    Engine engine = x.engine();
    long length = x.dim(2);
    int rows = (int) x.dim(0);
    Tensor buffer = engine.fill(0, rows, x.dim(1), length, x.dim(3) + 4).cast(DType.I8);
    for (int from = 0; from < length; ) {
      int to = (int) Math.min(length, from + 1 + from % 2);
      int[] offsets = new int[rows];
      Arrays.fill(offsets, from);
      buffer = buffer.place(x.slice(2, from, to), engine.of(offsets, rows));
      from = to;
    }
    float[] got = values(buffer);
    float[] were = x.toFloats();
    int width = (int) x.dim(3);
    for (int row = 0; row < were.length; row += width) {
      double largest = 0;
      for (int i = row; i < row + width; i++) {
        largest = Math.max(largest, Math.abs(were[i]));
      }
      for (int i = row; i < row + width; i++) {
        assertThat(Math.abs((double) got[i] - were[i])).isLessThanOrEqualTo(.5001 * largest / 127);
      }
    }
    return buffer;
  }

  private static float[] values(Tensor codes) {
    var bytes = ByteBuffer.allocate((int) codes.shape().size()).order(ByteOrder.LITTLE_ENDIAN);
    codes.read(MemorySegment.ofBuffer(bytes));
    int width = (int) codes.dim(3) - 4;
    float[] values = new float[bytes.capacity() / (width + 4) * width];
    for (int i = 0; i < values.length; i++) {
      int row = i / width * (width + 4);
      values[i] = bytes.getFloat(row + width) * bytes.get(row + i % width);
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void whatIsNotANumberIsSeenThroughEightBits(Optional<NativeKernels> kernels) {
    try (Engine engine = AllKernels.engine(kernels, 1);
        Scope _ = engine.scope()) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        Tensor row = engine.of(new float[] {1, bad, 2, 3}, 1, 1, 1, 4);
        Tensor zero = engine.of(new int[] {0}, 1);
        Tensor buffer = engine.fill(0, 1, 1, 1, 8).cast(DType.I8).place(row, zero);
        Tensor q = engine.fill(1, 1, 1, 1, 4);
        assertThat(q.attend(buffer, buffer, zero, 1, new Mask.Causal()).toFloats())
            .containsOnly(Float.NaN);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void doesNotDependOnTheNumberOfThreads(Optional<NativeKernels> kernels) {
    float[] one = attend(kernels, 1);
    assertThat(attend(kernels, 2)).isEqualTo(one);
    assertThat(attend(kernels, 5)).isEqualTo(one);
  }

  private static float[] attend(Optional<NativeKernels> kernels, int threads) {
    var r = new Random(3);
    try (Engine engine = AllKernels.engine(kernels, threads);
        Scope _ = engine.scope()) {
      Tensor q = random(engine, r, 1, 6, 150, 32);
      Tensor k = random(engine, r, 1, 2, 300, 32);
      Tensor bounds = engine.of(new int[] {150}, 1);
      Tensor many = q.attend(k, k, bounds, .2f, new Mask.Window(90));
      Tensor cache = random(engine, r, 1, 2, 3000, 32);
      Tensor last = engine.of(new int[] {2999}, 1);
      Tensor few = q.slice(2, 0, 1).attend(cache, cache, last, .2f, new Mask.Causal());
      return Tensor.concat(2, many, few).toFloats();
    }
  }
}
