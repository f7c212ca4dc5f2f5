package bessemer.tensor.mlx;

import static bessemer.tensor.mlx.MlxArray.ints;

import bessemer.mlx.MlxLibrary;
import bessemer.mlx.MlxOps;
import bessemer.mlx.MlxSession;
import bessemer.mlx.MlxType;
import bessemer.mlx.MlxUnavailableException;
import bessemer.tensor.Backend;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Primitive;
import bessemer.tensor.Primitive.*;
import bessemer.tensor.Quantization;
import bessemer.tensor.Spec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// MLX, by mlx-c. Nothing is computed until it is read or evaluated. What MLX lacks is composed of
/// what it has.
public final class Mlx implements Backend {
  final MlxSession session;
  final MlxOps c;
  private final boolean gpu;
  private final boolean narrow;
  private final MlxAttention attention;
  private final MlxGradients gradients;
  private final MlxInt8 int8;
  private final MlxDraws draws;
  private final MlxIndices indices;

  /// On the graphics unit or on the processor, in floats of 32 bits.
  ///
  /// @throws MlxUnavailableException if this machine has no MLX that fits
  public Mlx(boolean gpu) {
    this(gpu, false);
  }

  /// @param narrow whether models that are stored in bf16 compute in it
  /// @throws MlxUnavailableException if this machine has no MLX that fits
  private Mlx(boolean gpu, boolean narrow) {
    this.gpu = gpu;
    this.narrow = narrow;
    session = new MlxSession(gpu);
    c = new MlxOps(session);
    attention = new MlxAttention(this);
    gradients = new MlxGradients(this);
    int8 = new MlxInt8(this);
    draws = new MlxDraws(this);
    indices = new MlxIndices(this);
  }

  /// An engine of the calling thread on this backend.
  public static Engine engine(boolean gpu) {
    return new Engine(new Mlx(gpu));
  }

  /// The same, except that models stored in bf16 compute in it, as they were trained and as mlx-lm
  /// does: half of what is read and written besides weights.
  public static Engine fast(boolean gpu) {
    return new Engine(new Mlx(gpu, true));
  }

  @Override
  public String describe() {
    return switch (MlxLibrary.state()) {
      case MlxLibrary.State.Usable(_, String version, _) ->
          "mlx %s, %s, %s activations"
              .formatted(version, gpu ? "gpu" : "cpu", narrow ? "bf16 or fp32" : "fp32");
      case MlxLibrary.State.Unusable(String reason) -> throw new AssertionError(reason);
    };
  }

  /// Handles not yet released.
  int live() {
    return session.kept();
  }

  @Override
  public Handle run(Primitive op, Handle[] in, Spec out) {
    int mark = session.mark();
    try {
      MlxArray[] arrays = new MlxArray[in.length];
      Arrays.setAll(arrays, i -> (MlxArray) in[i]);
      long result = hasNothing(op, arrays, out) ? sums(op, arrays, out) : compute(op, arrays, out);
      if (session.type(result) != code(out.dtype())) { // MLX widens, the seam keeps the first type
        result = c.cast(result, code(out.dtype()));
      }
      assert Arrays.equals(session.shape(result), ints(out.shape().dims())) : op + ": " + out;
      return own(session.keep(result), out, null);
    } finally {
      session.sweep(mark);
    }
  }

  /// Whether there is nothing to compute: some of MLX's own kernels never end on empty arrays.
  private static boolean hasNothing(Primitive op, MlxArray[] in, Spec out) {
    boolean sums = op instanceof Sum || op instanceof Matmul;
    return out.shape().size() == 0 || (sums && in[0].spec().shape().size() == 0);
  }

  /// Sums of nothing.
  private long sums(Primitive op, MlxArray[] in, Spec out) {
    return op instanceof Matmul ? biased(zeros(out), in, 2) : zeros(out);
  }

  long zeros(Spec out) {
    long zeros = c.full(ints(out.shape().dims()), session.scalar(0f), MlxType.F32);
    return out.dtype() == DType.F32 ? zeros : c.cast(zeros, code(out.dtype()));
  }

  MlxArray own(long at, Spec spec, int @Nullable [] known) {
    return new MlxArray(at, spec, known);
  }

  static int code(DType dtype) {
    return switch (dtype) {
      case U32 -> MlxType.U32;
      case I8 -> MlxType.I8;
      case I32 -> MlxType.I32;
      case F16 -> MlxType.F16;
      case F32 -> MlxType.F32;
      case BF16 -> MlxType.BF16;
    };
  }

  private long compute(Primitive op, MlxArray[] in, Spec out) {
    int[] dims = ints(out.shape().dims());
    long x = at(in, 0);
    long y = at(in, 1);
    long z = at(in, 2);
    return switch (op) {
      case Fill(float value, _) -> c.full(dims, session.scalar(value), MlxType.F32);
      case Add _ -> c.add(x, y);
      case Multiply _ -> c.multiply(x, y);
      case Maximum _ -> c.maximum(x, y);
      case Less _ -> c.less(x, y);
      case Where _ -> c.where(x, y, z);
      case Affine(float scale, float shift) -> {
        long scaled = scale == 1 ? x : c.multiply(x, scalar(scale, out));
        yield shift == 0 && scaled != x ? scaled : c.add(scaled, scalar(shift, out));
      }
      case Power(float p) -> c.power(x, scalar(p, out));
      case Sigmoid _ -> c.sigmoid(x);
      case Silu _ -> c.multiply(x, c.sigmoid(x));
      case Relu _ -> c.maximum(x, scalar(0, out));
      case Softmax _ -> c.softmax(x);
      case Sum(int axis) -> c.sum(x, axis);
      case ArgMax _ -> c.argMax(x);
      case TopK _ -> {
        long order = c.argSort(c.multiply(x, scalar(-1, in[0].spec())));
        yield c.slice(order, new int[dims.length], dims);
      }
      case Take _ -> indices.take(in);
      case Draw rules -> draws.draw(in, rules);
      case Matmul(boolean transposeB) -> {
        long right = transposeB ? c.transpose(y, swapped(in[1].spec().shape().rank())) : y;
        yield biased(c.matmul(x, right), in, 2);
      }
      case QuantizedMatmul(Quantization q) ->
          biased(c.quantizedMatmul(x, y, z, at(in, 3), q.bits(), q.group()), in, 4);
      case Dequantize(Quantization q) -> c.dequantize(x, y, z, q.bits(), q.group());
      case Int8Matmul _ -> biased(int8.product(in), in, 3);
      case RmsNorm(float epsilon) -> c.rmsNorm(x, y, epsilon);
      case LayerNorm(float epsilon) -> c.layerNorm(x, y, z, epsilon);
      case Rope(boolean interleaved, float scale) -> {
        long turned = attention.rope(in, interleaved);
        yield scale == 1 ? turned : c.multiply(turned, scalar(scale, out));
      }
      case Attention(float scale, var mask) -> attention.attend(in, scale, mask);
      case RowsAttention(float scale, var mask) -> attention.attendRows(in, scale, mask);
      case MaskBias(var mask, long queries, long keys) -> {
        long seen = attention.visible(in[0], mask, queries, keys).at;
        yield c.where(seen, session.scalar(0f), session.scalar(-1e30f));
      }
      case Place _ -> attention.place(in);
      case Gather _ -> indices.gather(in);
      case Scatter(long rows) -> indices.scatter(in, rows, out);
      case OneHot(long classes) -> indices.oneHot(in[0], classes);
      case CrossEntropy _ -> indices.crossEntropy(in);
      case CrossEntropyGradient _ -> indices.crossEntropyGradient(in);
      case SiluGradient _ -> gradients.silu(x, y, out);
      case RmsNormGradient(float epsilon) -> gradients.rmsNorm(in, epsilon);
      case Reshape _ -> c.reshape(x, dims);
      case Broadcast _ -> c.broadcast(x, dims);
      case Transpose(int[] axes) -> c.transpose(x, axes);
      case Slice(int axis, long from, long to) -> {
        int[] start = new int[dims.length];
        int[] end = in[0].dims();
        start[axis] = Math.toIntExact(from);
        end[axis] = Math.toIntExact(to);
        yield c.slice(x, start, end);
      }
      case Concat(int axis) -> {
        long[] parts = new long[in.length];
        Arrays.setAll(parts, i -> at(in, i));
        yield c.concat(parts, axis);
      }
      case Cast(DType to) -> c.cast(x, code(to));
    };
  }

  private long biased(long product, MlxArray[] in, int i) {
    return i < in.length ? c.add(product, in[i].at) : product;
  }

  private static long at(MlxArray[] in, int i) {
    return i < in.length ? in[i].at : 0;
  }

  /// Of the type of the result, which a wider one would change.
  long scalar(float value, Spec like) {
    long scalar = session.scalar(value);
    return like.dtype() == DType.F32 ? scalar : c.cast(scalar, code(like.dtype()));
  }

  long upload(int[] values, int... dims) {
    try (Arena passing = Arena.ofConfined()) {
      var data = passing.allocateFrom(ValueLayout.JAVA_INT, values);
      return session.upload(data, dims, MlxType.I32);
    }
  }

  private static int[] swapped(int rank) {
    int[] axes = new int[rank];
    Arrays.setAll(axes, axis -> axis);
    axes[rank - 1] = rank - 2;
    axes[rank - 2] = rank - 1;
    return axes;
  }

  /// Read back, with all the waiting that brings, only where a computation made them.
  int[] integers(MlxArray array) {
    if (array.known != null) {
      return array.known;
    }
    int[] values = new int[Math.toIntExact(array.spec().shape().size())];
    read(array, MemorySegment.ofArray(values));
    return values;
  }

  /// Without a copy where the memory is not Java's own.
  @Override
  public Handle wrap(MemorySegment data, Spec spec) {
    if (!data.isNative()) {
      return copy(data, spec);
    }
    int mark = session.mark();
    try {
      int[] dims = ints(spec.shape().dims());
      long array = c.adopt(data, dims, code(spec.dtype()), spec.dtype().bytes());
      return own(session.keep(array), spec, null);
    } finally {
      session.sweep(mark);
    }
  }

  @Override
  public Handle copy(MemorySegment data, Spec spec) {
    int[] known = null;
    if (spec.dtype() == DType.I32) {
      known = data.toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }
    try (Arena passing = Arena.ofConfined()) {
      MemorySegment outside = passing.allocate(Math.max(1, data.byteSize()), 64).copyFrom(data);
      int[] dims = ints(spec.shape().dims());
      long array = session.upload(outside, dims, code(spec.dtype()));
      return own(session.keep(array), spec, known);
    }
  }

  /// MLX multiplies by the layout of the checkpoint.
  @Override
  public Handle prepare(Handle weight) {
    return weight;
  }

  /// Waits for this array alone: another operation would queue behind all that was scheduled since.
  @Override
  public void read(Handle handle, MemorySegment target) {
    int mark = session.mark();
    try {
      MlxArray array = (MlxArray) handle;
      long rows = array.at;
      session.evaluate(rows);
      long[] dense = array.spec().shape().strides();
      if (!Arrays.equals(session.strides(rows, dense.length), dense)) {
        rows = c.contiguous(rows);
        session.evaluate(rows);
      }
      if (target.byteSize() > 0) {
        target.copyFrom(session.data(rows, code(array.spec().dtype()), target.byteSize()));
      }
    } finally {
      session.sweep(mark);
    }
  }

  @Override
  public void evaluate(Handle handle) {
    session.evaluate(((MlxArray) handle).at);
  }

  @Override
  public void evaluateAsync(Handle handle) {
    session.schedule(((MlxArray) handle).at);
  }

  @Override
  public boolean schedules() {
    return true;
  }

  @Override
  public DType activations(DType stored) {
    return narrow && stored == DType.BF16 ? DType.BF16 : DType.F32;
  }

  @Override
  public void release(Handle handle) {
    MlxArray array = (MlxArray) handle;
    if (array.visible != null) {
      release(array.visible.array());
    }
    int8.release(array.affine);
    session.free(array.at);
  }

  @Override
  public void close() {
    session.close();
  }
}
