package bessemer.mlx;

import bessemer.mlx.c.FastH;
import bessemer.mlx.c.OpsH;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The operations of mlx-c that a backend needs, on the arrays of a session. Nothing is computed
/// until it is read or evaluated.
public final class MlxOps {
  private static final long NONE = 0;
  private static final MemorySegment AFFINE = Arena.global().allocateFrom("affine");
  private static final MemorySegment NO_MASK = Arena.global().allocateFrom("");
  private static final MemorySegment CAUSAL = Arena.global().allocateFrom("causal");
  private static final MemorySegment BY_ARRAY = Arena.global().allocateFrom("array");

  private final MlxSession session;
  private final long stream;

  public MlxOps(MlxSession session) {
    this.session = session;
    this.stream = session.stream();
  }

  private long made(int status) {
    return session.made(status);
  }

  private long to() {
    return session.to();
  }

  private long list(int slot, int[] values) {
    return session.list(slot, values);
  }

  private static long some(int value) {
    return 1L << 32 | value;
  }

  /// Elements outside the heap. Metal reads mapped ones where they lie, by whole pages; all others
  /// are copied, and so are mapped ones on MLX's cpu. The segment stays reachable for as long as
  /// MLX needs it.
  ///
  /// @param width of an element, in bytes
  public long adopt(MemorySegment data, int[] shape, int type, int width) {
    Pages pages = Pages.around(data, width);
    if (pages == null) {
      return session.adopt(data, data.address(), shape, type);
    }
    long all = session.adopt(data, pages.address(), new int[] {pages.elements()}, type);
    int until = pages.first() + (int) (data.byteSize() / width);
    return reshape(slice(all, new int[] {pages.first()}, new int[] {until}), shape);
  }

  public long sigmoid(long a) {
    return made(OpsH.sigmoid(to(), a, stream));
  }

  public long add(long a, long b) {
    return made(OpsH.add(to(), a, b, stream));
  }

  public long subtract(long a, long b) {
    return made(OpsH.subtract(to(), a, b, stream));
  }

  public long multiply(long a, long b) {
    return made(OpsH.multiply(to(), a, b, stream));
  }

  public long power(long a, long b) {
    return made(OpsH.power(to(), a, b, stream));
  }

  public long maximum(long a, long b) {
    return made(OpsH.maximum(to(), a, b, stream));
  }

  public long equal(long a, long b) {
    return made(OpsH.equal(to(), a, b, stream));
  }

  public long atLeast(long a, long b) {
    return made(OpsH.greaterEqual(to(), a, b, stream));
  }

  public long matmul(long a, long b) {
    return made(OpsH.matmul(to(), a, b, stream));
  }

  public long where(long condition, long a, long b) {
    return made(OpsH.where(to(), condition, a, b, stream));
  }

  public long full(int[] shape, long value, int type) {
    return made(OpsH.full(to(), list(0, shape), (long) shape.length, value, type, stream));
  }

  public long softmax(long a) {
    return made(OpsH.softmaxAxis(to(), a, -1, true, stream));
  }

  public long sum(long a, int axis) {
    return made(OpsH.sumAxis(to(), a, axis, true, stream));
  }

  public long logSumExp(long a) {
    return made(OpsH.logsumexpAxis(to(), a, -1, false, stream));
  }

  public long argMax(long a) {
    return made(OpsH.argmaxAxis(to(), a, -1, false, stream));
  }

  public long quantizedMatmul(long x, long w, long scales, long biases, int bits, int group) {
    return made(
        OpsH.quantizedMatmul(
            to(), x, w, scales, biases, true, some(group), some(bits), AFFINE.address(), stream));
  }

  public long dequantize(long w, long scales, long biases, int bits, int group) {
    return made(
        OpsH.dequantize(
            to(),
            w,
            scales,
            biases,
            some(group),
            some(bits),
            AFFINE.address(),
            NONE,
            NONE,
            stream));
  }

  /// Words, scales and biases, as MLX rounds them.
  public long[] quantize(long w, int bits, int group) {
    return session.unpacked(
        OpsH.quantize(to(), w, some(group), some(bits), AFFINE.address(), NONE, stream));
  }

  public long take(long a, long indices, int axis) {
    return made(OpsH.takeAxis(to(), a, indices, axis, stream));
  }

  public long takeAlong(long a, long indices) {
    return made(OpsH.takeAlongAxis(to(), a, indices, -1, stream));
  }

  public long scatterAdd(long a, long indices, long updates) {
    return session.withVector(
        new long[] {indices},
        v -> made(OpsH.scatterAdd(to(), a, v, updates, list(0, new int[] {0}), 1L, stream)));
  }

  public long reshape(long a, int... shape) {
    return made(OpsH.reshape(to(), a, list(0, shape), (long) shape.length, stream));
  }

  public long broadcast(long a, int... shape) {
    return made(OpsH.broadcastTo(to(), a, list(0, shape), (long) shape.length, stream));
  }

  public long transpose(long a, int... axes) {
    return made(OpsH.transposeAxes(to(), a, list(0, axes), (long) axes.length, stream));
  }

  public long slice(long a, int[] from, int[] until) {
    long n = from.length;
    long steps = list(2, ones(from.length));
    return made(OpsH.slice(to(), a, list(0, from), n, list(1, until), n, steps, n, stream));
  }

  public long sliceUpdate(long a, long update, int[] from, int[] until) {
    long n = from.length;
    long steps = list(2, ones(from.length));
    return made(
        OpsH.sliceUpdate(to(), a, update, list(0, from), n, list(1, until), n, steps, n, stream));
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  public long concat(long[] parts, int axis) {
    return session.withVector(parts, v -> made(OpsH.concatenateAxis(to(), v, axis, stream)));
  }

  /// The largest along the last axis, which stays with length 1.
  public long max(long a) {
    return made(OpsH.maxAxis(to(), a, -1, true, stream));
  }

  public long divide(long a, long b) {
    return made(OpsH.divide(to(), a, b, stream));
  }

  /// To the nearest integer, half to even.
  public long round(long a) {
    return made(OpsH.round(to(), a, 0, stream));
  }

  /// The same bytes as elements of another type: the last axis gets longer or shorter.
  public long view(long a, int type) {
    return made(OpsH.view(to(), a, type, stream));
  }

  public long cast(long a, int type) {
    return made(OpsH.astype(to(), a, type, stream));
  }

  public long contiguous(long a) {
    return made(OpsH.contiguous(to(), a, false, stream));
  }

  public long rmsNorm(long x, long weight, float epsilon) {
    return made(FastH.fastRmsNorm(to(), x, weight, epsilon, stream));
  }

  /// With a period for each pair: MLX divides by it.
  public long rope(long x, int width, boolean interleaved, int offset, long periods) {
    return made(FastH.fastRope(to(), x, width, interleaved, NONE, 1f, offset, periods, stream));
  }

  /// With an offset for each row of the batch.
  public long rope(long x, int width, boolean interleaved, long offsets, long periods) {
    return made(
        FastH.fastRopeDynamic(to(), x, width, interleaved, NONE, 1f, offsets, periods, stream));
  }

  public long attend(long q, long k, long v, float scale) {
    return attend(q, k, v, scale, NO_MASK, NONE);
  }

  /// The last query sees every key.
  public long attendCausal(long q, long k, long v, float scale) {
    return attend(q, k, v, scale, CAUSAL, NONE);
  }

  public long attend(long q, long k, long v, float scale, long mask) {
    return attend(q, k, v, scale, BY_ARRAY, mask);
  }

  private long attend(long q, long k, long v, float scale, MemorySegment mode, long mask) {
    return made(
        FastH.fastScaledDotProductAttention(
            to(), q, k, v, scale, mode.address(), mask, NONE, false, stream));
  }

  public long less(long a, long b) {
    return made(OpsH.less(to(), a, b, stream));
  }

  /// Ascending, along the last axis.
  public long argSort(long a) {
    return made(OpsH.argsortAxis(to(), a, -1, stream));
  }

  public long layerNorm(long x, long weight, long bias, float epsilon) {
    return made(FastH.fastLayerNorm(to(), x, weight, bias, epsilon, stream));
  }

  /// Along the last axis.
  ///
  /// @param inclusive whether each sum has its own element
  public long cumulativeSum(long a, boolean inclusive) {
    return made(OpsH.cumsumAxis(to(), a, -1, false, inclusive, NONE, stream));
  }
}
