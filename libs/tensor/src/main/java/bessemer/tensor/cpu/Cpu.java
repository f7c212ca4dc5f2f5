package bessemer.tensor.cpu;

import bessemer.tensor.Backend;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Primitive;
import bessemer.tensor.Primitive.*;
import bessemer.tensor.Quantization;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.cpu.Slabs.Block;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Eager, on this machine's memory, with kernels of the Vector API. Reshape, Broadcast, Slice and
/// Transpose give views, which kernels read through their strides or copy first. Sums are of floats
/// whatever the type of the elements, and in an order that does not depend on the number of
/// threads.
public final class Cpu implements Backend {
  private final Device device;
  private final Optional<NativeKernels> kernels;
  private final Rotation rotation = new Rotation();
  private final @Nullable LargePages pages; // of a fast one: a comparison reads weights a few times
  private final View nothing =
      View.of(new Block(MemorySegment.NULL, null), new Spec(DType.F32, Shape.of(0)));

  /// Exact: activations are floats whatever the weights are.
  public Cpu(int threads) {
    this(threads, Activations.FLOAT32, NativeKernels.chosen());
  }

  public Cpu(int threads, Activations activations) {
    this(threads, activations, NativeKernels.chosen());
  }

  /// @param kernels of the native file; empty for Java's
  Cpu(int threads, Activations activations, Optional<NativeKernels> kernels) {
    this.kernels = kernels;
    boolean fast = activations == Activations.INT8;
    pages = fast && LargePages.available() ? LargePages.open(Math.max(1, threads - 1)) : null;
    var dense = kernels.filter(NativeDense::in);
    device =
        new Device(
            threads,
            dense.<DenseKernels>map(NativeDense::new).orElseGet(JavaDense::new),
            dense.<AttentionKernel>map(NativeAttention::new).orElseGet(JavaAttention::new),
            dense.<Loops>map(NativeLoops::new).orElseGet(JavaLoops::new),
            switch (activations) {
              case FLOAT32 -> null;
              case INT8 -> kernels.<Rounding>map(NativeRounding::new).orElseGet(JavaRounding::new);
            },
            kernels.map(NativeRows::new).orElse(null));
  }

  /// An exact engine of the calling thread on this backend.
  public static Engine engine(int threads) {
    return new Engine(new Cpu(threads));
  }

  /// The same with activations as [Activations#INT8] has them: faster, and what models that answer
  /// run on.
  public static Engine fast(int threads) {
    return new Engine(new Cpu(threads, Activations.INT8));
  }

  @Override
  public String describe() {
    String vectors = "Java vectors of %d bits".formatted(Raw.F.vectorBitSize());
    return "cpu, %s, %s activations, %d threads"
        .formatted(
            kernels.map(found -> found + " kernels").orElse(vectors),
            device.rounding() == null ? "exact" : "int8",
            device.threads());
  }

  @Override
  public Handle prepare(Handle weight) {
    View mapped = (View) weight;
    if (pages == null || !mapped.dense) {
      return weight;
    }
    long from = mapped.offset * mapped.spec.dtype().bytes();
    return pages
        .copy(mapped.block.segment.asSlice(from, mapped.spec.bytes()))
        .<Handle>map(copy -> shared(View.of(new Block(copy, null), mapped.spec)))
        .orElse(weight);
  }

  @Override
  public Handle run(Primitive op, Handle[] in, Spec spec) {
    await(in);
    View a = view(in, 0);
    View b = view(in, 1);
    View c = view(in, 2);
    View d = view(in, 3);
    try {
      return shared(run(op, a, b, c, d, in, spec));
    } finally {
      device.giveBack();
    }
  }

  private View run(Primitive op, View a, View b, View c, View d, Handle[] in, Spec spec) {
    Loops loops = device.loops();
    return switch (op) {
      case Fill(float value, _) -> Indexing.fill(device, value, spec);
      case Add _ -> Pointwise.floats(device, spec, 1, loops::add, a, b);
      case Multiply _ -> Pointwise.floats(device, spec, 1, loops::multiply, a, b);
      case Maximum _ -> Pointwise.floats(device, spec, 1, Elementwise::maximum, a, b);
      case Less _ -> {
        View out = device.allocate(spec);
        Pointwise.run(device, out, 1, Elementwise::less, a, b);
        yield out;
      }
      case Where _ -> Pointwise.floats(device, spec, 1, Elementwise::where, a, b, c);
      case Affine(float scale, float shift) ->
          Pointwise.floats(device, spec, 1, Elementwise.affine(scale, shift), a);
      case Power(float p) -> Pointwise.floats(device, spec, 10, Elementwise.power(p), a);
      case Sigmoid _ -> Pointwise.floats(device, spec, 10, loops::sigmoid, a);
      case Silu _ -> Pointwise.floats(device, spec, 10, loops::silu, a);
      case Relu _ -> Pointwise.floats(device, spec, 1, loops::relu, a);
      case Softmax _ -> Rows.softmax(device, a, spec);
      case Sum(int axis) -> Rows.sum(device, a, axis, spec);
      case ArgMax _ -> Rows.argMax(device, a, spec);
      case TopK(int count) -> Rows.topK(device, a, count, spec);
      case Take _ -> Indexing.take(device, a, b, spec);
      case Draw rules -> Rows.draw(device, a, b, rules, spec);
      case Matmul(boolean transposeB) ->
          Products.dense(device, a, b, transposeB, bias(in, 2), spec);
      case QuantizedMatmul(Quantization q) ->
          Products.quantized(device, a, packed(b, c, d, q), bias(in, 4), spec);
      case Int8Matmul(float step) -> {
        var right = new Int8Products.Right(int8(b, c), step, bias(in, 3));
        yield Int8Products.product(device, a, right, spec);
      }
      case Dequantize(Quantization q) -> Products.dequantize(device, packed(a, b, c, q), spec);
      case RmsNorm(float epsilon) -> Rows.rmsNorm(device, a, b, epsilon, spec);
      case LayerNorm(float epsilon) -> Rows.layerNorm(device, a, b, c, epsilon, spec);
      case Rope(boolean interleaved, float scale) ->
          Rows.rope(device, rotation, a, b, c, new Rows.Turn(interleaved, scale));
      case Attention(float scale, var mask) -> Rows.attention(device, a, b, c, d, scale, mask);
      case RowsAttention(float scale, var mask) -> Rows.attention(device, views(in), scale, mask);
      case MaskBias(var mask, _, _) -> Indexing.maskBias(device, a, mask, spec);
      case Place _ -> Indexing.place(device, a, b, c);
      case Gather _ -> Indexing.gather(device, a, b, spec);
      case Scatter _ -> Indexing.scatter(device, a, b, spec);
      case OneHot(long classes) -> Indexing.oneHot(device, a, classes, spec);
      case CrossEntropy _ -> Rows.crossEntropy(device, a, b, spec);
      case CrossEntropyGradient _ -> Rows.crossEntropyGradient(device, a, b, c, spec);
      case SiluGradient _ -> Pointwise.floats(device, spec, 10, Elementwise::siluGradient, a, b);
      case RmsNormGradient(float epsilon) -> Rows.rmsNormGradient(device, a, b, c, epsilon, spec);
      case Reshape _ -> (a.dense ? a : Copies.dense(device, a)).reshaped(spec);
      case Broadcast _ -> a.broadcast(spec.shape());
      case Transpose(int[] axes) -> a.transposed(spec, axes);
      case Slice(int axis, long from, _) ->
          a.sliced(spec, axis < 0 ? axis + spec.shape().rank() : axis, from);
      case Concat(int axis) -> Indexing.concat(device, views(in), axis, spec);
      case Cast _ -> Copies.cast(device, a, spec.dtype());
    };
  }

  /// The address of a product's bias; 0 if it has none.
  private long bias(Handle[] in, int i) {
    return i < in.length ? device.denseFloats((View) in[i]).address() : 0;
  }

  private Matrix.Packed packed(View words, View scales, View biases, Quantization q) {
    int inner = (int) (words.spec.shape().dim(1) * 32 / q.bits());
    long first = device.dense(words).address();
    long scale = device.dense(scales).address();
    long bias = device.dense(biases).address();
    return new Matrix.Packed(first, scale, bias, scales.spec.dtype(), q, inner);
  }

  private Matrix.Int8 int8(View codes, View scales) {
    long first = device.dense(codes).address();
    long scale = device.dense(scales).address();
    return new Matrix.Int8(first, scale, (int) codes.spec.shape().dim(1));
  }

  @Override
  public Handle wrap(MemorySegment data, Spec spec) {
    if (!data.isNative()) {
      throw new IllegalArgumentException(spec + " lies on the heap: constants are used in place");
    }
    return shared(View.of(new Block(data, null), spec));
  }

  @Override
  public Handle copy(MemorySegment data, Spec spec) {
    View out = device.allocate(spec);
    MemorySegment.copy(data, 0, out.block.segment, 0, data.byteSize());
    shared(out);
    device.giveBack();
    return out;
  }

  @Override
  public void read(Handle handle, MemorySegment target) {
    await(handle);
    View from = device.dense((View) handle);
    long bytes = from.spec.bytes();
    long start = from.offset * from.spec.dtype().bytes();
    MemorySegment.copy(from.block.segment, start, target, 0, bytes);
    device.giveBack();
  }

  @Override
  public void settle() {
    if (pages != null) {
      pages.settle();
    }
  }

  /// A weight may still be on its way to where it is read.
  private void await(Handle... operands) {
    if (pages != null) {
      pages.await(operands);
    }
  }

  @Override
  public void evaluate(Handle handle) {}

  @Override
  public void evaluateAsync(Handle handle) {}

  @Override
  public boolean schedules() {
    return false;
  }

  /// Floats of 32 bits are no slower here: rows are widened where they are multiplied.
  @Override
  public DType activations(DType stored) {
    return DType.F32;
  }

  @Override
  public void release(Handle handle) {
    ((View) handle).block.letGo();
  }

  @Override
  public void close() {
    device.close();
    rotation.close();
    if (pages != null) {
      pages.close();
    }
  }

  long reservedBytes() {
    return device.reserved();
  }

  private View view(Handle[] in, int i) {
    return i < in.length ? (View) in[i] : nothing;
  }

  private static View[] views(Handle[] in) {
    return Arrays.stream(in).map(View.class::cast).toArray(View[]::new);
  }

  private static View shared(View view) {
    view.block.share();
    return view;
  }
}
