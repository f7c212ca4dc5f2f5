package bessemer.mlx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The operations of mlx-c that a backend needs, on the arrays of a session. Nothing is computed
/// until it is read or evaluated.
public final class MlxOps {
  private static final long NONE = 0;
  private static final MemorySegment AFFINE = Arena.global().allocateFrom("affine");
  private static final MemorySegment NO_MASK = Arena.global().allocateFrom("");
  private static final MemorySegment CAUSAL = Arena.global().allocateFrom("causal");
  private static final MemorySegment BY_ARRAY = Arena.global().allocateFrom("array");
  private static final MethodHandle SIGMOID = Native.function("sigmoid", "IJJJ");
  private static final MethodHandle ADD = Native.function("add", "IJJJJ");
  private static final MethodHandle SUBTRACT = Native.function("subtract", "IJJJJ");
  private static final MethodHandle MULTIPLY = Native.function("multiply", "IJJJJ");
  private static final MethodHandle POWER = Native.function("power", "IJJJJ");
  private static final MethodHandle MAXIMUM = Native.function("maximum", "IJJJJ");
  private static final MethodHandle EQUAL = Native.function("equal", "IJJJJ");
  private static final MethodHandle AT_LEAST = Native.function("greater_equal", "IJJJJ");
  private static final MethodHandle MATMUL = Native.function("matmul", "IJJJJ");
  private static final MethodHandle WHERE = Native.function("where", "IJJJJJ");
  private static final MethodHandle FULL = Native.function("full", "IJJJJIJ");
  private static final MethodHandle SOFTMAX = Native.function("softmax_axis", "IJJIZJ");
  private static final MethodHandle SUM = Native.function("sum_axis", "IJJIZJ");
  private static final MethodHandle LOG_SUM_EXP = Native.function("logsumexp_axis", "IJJIZJ");
  private static final MethodHandle ARGMAX = Native.function("argmax_axis", "IJJIZJ");
  private static final MethodHandle QUANTIZED = Native.function("quantized_matmul", "IJJJJJZJJJJ");
  private static final MethodHandle DEQUANTIZE = Native.function("dequantize", "IJJJJJJJJJJ");
  private static final MethodHandle TAKE = Native.function("take_axis", "IJJJIJ");
  private static final MethodHandle TAKE_ALONG = Native.function("take_along_axis", "IJJJIJ");
  private static final MethodHandle SCATTER_ADD = Native.function("scatter_add", "IJJJJJJJ");
  private static final MethodHandle RESHAPE = Native.function("reshape", "IJJJJJ");
  private static final MethodHandle BROADCAST = Native.function("broadcast_to", "IJJJJJ");
  private static final MethodHandle TRANSPOSE = Native.function("transpose_axes", "IJJJJJ");
  private static final MethodHandle SLICE = Native.function("slice", "IJJJJJJJJJ");
  private static final MethodHandle UPDATE = Native.function("slice_update", "IJJJJJJJJJJ");
  private static final MethodHandle CONCAT = Native.function("concatenate_axis", "IJJIJ");
  private static final MethodHandle ASTYPE = Native.function("astype", "IJJIJ");
  private static final MethodHandle CONTIGUOUS = Native.function("contiguous", "IJJZJ");
  private static final MethodHandle RMS_NORM = Native.function("fast_rms_norm", "IJJJFJ");
  private static final MethodHandle ROPE = Native.function("fast_rope", "IJJIZJFIJJ");
  private static final MethodHandle ROPE_DYNAMIC =
      Native.function("fast_rope_dynamic", "IJJIZJFJJJ");
  private static final MethodHandle ATTENTION =
      Native.function("fast_scaled_dot_product_attention", "IJJJJFJJJZJ");
  private static final MethodHandle LESS = Native.function("less", "IJJJJ");
  private static final MethodHandle ARGSORT = Native.function("argsort_axis", "IJJIJ");
  private static final MethodHandle LAYER_NORM = Native.function("fast_layer_norm", "IJJJJFJ");
  private static final MethodHandle GUMBEL = Native.function("random_gumbel", "IJJJIJJ");
  private static final MethodHandle KEY = Native.function("random_key", "IJJ");

  private final MlxSession session;
  private final long stream;

  public MlxOps(MlxSession session) {
    this.session = session;
    this.stream = session.stream();
  }

  private long array(Native.Call<Integer> operation) {
    return session.array(operation);
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

  public long sigmoid(long a) {
    return array(() -> (int) SIGMOID.invokeExact(to(), a, stream));
  }

  public long add(long a, long b) {
    return array(() -> (int) ADD.invokeExact(to(), a, b, stream));
  }

  public long subtract(long a, long b) {
    return array(() -> (int) SUBTRACT.invokeExact(to(), a, b, stream));
  }

  public long multiply(long a, long b) {
    return array(() -> (int) MULTIPLY.invokeExact(to(), a, b, stream));
  }

  public long power(long a, long b) {
    return array(() -> (int) POWER.invokeExact(to(), a, b, stream));
  }

  public long maximum(long a, long b) {
    return array(() -> (int) MAXIMUM.invokeExact(to(), a, b, stream));
  }

  public long equal(long a, long b) {
    return array(() -> (int) EQUAL.invokeExact(to(), a, b, stream));
  }

  public long atLeast(long a, long b) {
    return array(() -> (int) AT_LEAST.invokeExact(to(), a, b, stream));
  }

  public long matmul(long a, long b) {
    return array(() -> (int) MATMUL.invokeExact(to(), a, b, stream));
  }

  public long where(long condition, long a, long b) {
    return array(() -> (int) WHERE.invokeExact(to(), condition, a, b, stream));
  }

  public long full(int[] shape, long value, int type) {
    return array(() ->
        (int) FULL.invokeExact(to(), list(0, shape), (long) shape.length, value, type, stream));
  }

  public long softmax(long a) {
    return array(() -> (int) SOFTMAX.invokeExact(to(), a, -1, true, stream));
  }

  public long sum(long a, int axis) {
    return array(() -> (int) SUM.invokeExact(to(), a, axis, true, stream));
  }

  public long logSumExp(long a) {
    return array(() -> (int) LOG_SUM_EXP.invokeExact(to(), a, -1, false, stream));
  }

  public long argMax(long a) {
    return array(() -> (int) ARGMAX.invokeExact(to(), a, -1, false, stream));
  }

  public long quantizedMatmul(long x, long w, long scales, long biases, int bits, int group) {
    return array(() ->
        (int)
            QUANTIZED.invokeExact(
                to(),
                x,
                w,
                scales,
                biases,
                true,
                some(group),
                some(bits),
                AFFINE.address(),
                stream));
  }

  public long dequantize(long w, long scales, long biases, int bits, int group) {
    return array(() ->
        (int)
            DEQUANTIZE.invokeExact(
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

  public long take(long a, long indices, int axis) {
    return array(() -> (int) TAKE.invokeExact(to(), a, indices, axis, stream));
  }

  public long takeAlong(long a, long indices) {
    return array(() -> (int) TAKE_ALONG.invokeExact(to(), a, indices, -1, stream));
  }

  public long scatterAdd(long a, long indices, long updates) {
    return session.withVector(
        new long[] {indices},
        v ->
            array(() ->
                (int)
                    SCATTER_ADD.invokeExact(
                        to(), a, v, updates, list(0, new int[] {0}), 1L, stream)));
  }

  public long reshape(long a, int... shape) {
    return array(
        () -> (int) RESHAPE.invokeExact(to(), a, list(0, shape), (long) shape.length, stream));
  }

  public long broadcast(long a, int... shape) {
    return array(
        () -> (int) BROADCAST.invokeExact(to(), a, list(0, shape), (long) shape.length, stream));
  }

  public long transpose(long a, int... axes) {
    return array(
        () -> (int) TRANSPOSE.invokeExact(to(), a, list(0, axes), (long) axes.length, stream));
  }

  public long slice(long a, int[] from, int[] until, int[] step) {
    long n = from.length;
    return array(() ->
        (int)
            SLICE.invokeExact(
                to(), a, list(0, from), n, list(1, until), n, list(2, step), n, stream));
  }

  public long sliceUpdate(long a, long update, int[] from, int[] until, int[] step) {
    long n = from.length;
    return array(() ->
        (int)
            UPDATE.invokeExact(
                to(), a, update, list(0, from), n, list(1, until), n, list(2, step), n, stream));
  }

  public long concat(long[] parts, int axis) {
    return session.withVector(
        parts, v -> array(() -> (int) CONCAT.invokeExact(to(), v, axis, stream)));
  }

  public long cast(long a, int type) {
    return array(() -> (int) ASTYPE.invokeExact(to(), a, type, stream));
  }

  public long contiguous(long a) {
    return array(() -> (int) CONTIGUOUS.invokeExact(to(), a, false, stream));
  }

  public long rmsNorm(long x, long weight, float epsilon) {
    return array(() -> (int) RMS_NORM.invokeExact(to(), x, weight, epsilon, stream));
  }

  /// With a period for each pair: MLX divides by it.
  public long rope(long x, int width, boolean interleaved, int offset, long periods) {
    return array(() ->
        (int) ROPE.invokeExact(to(), x, width, interleaved, NONE, 1f, offset, periods, stream));
  }

  /// With an offset for each row of the batch.
  public long rope(long x, int width, boolean interleaved, long offsets, long periods) {
    return array(() ->
        (int)
            ROPE_DYNAMIC.invokeExact(
                to(), x, width, interleaved, NONE, 1f, offsets, periods, stream));
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
    return array(() ->
        (int)
            ATTENTION.invokeExact(to(), q, k, v, scale, mode.address(), mask, NONE, false, stream));
  }

  public long less(long a, long b) {
    return array(() -> (int) LESS.invokeExact(to(), a, b, stream));
  }

  /// Ascending, along the last axis.
  public long argSort(long a) {
    return array(() -> (int) ARGSORT.invokeExact(to(), a, -1, stream));
  }

  public long layerNorm(long x, long weight, long bias, float epsilon) {
    return array(() -> (int) LAYER_NORM.invokeExact(to(), x, weight, bias, epsilon, stream));
  }

  /// Noise of the Gumbel distribution.
  public long gumbel(int[] shape, int type, long seed) {
    long key = array(() -> (int) KEY.invokeExact(to(), seed));
    return array(() ->
        (int) GUMBEL.invokeExact(to(), list(0, shape), (long) shape.length, type, key, stream));
  }
}
