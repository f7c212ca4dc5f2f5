package bessemer.tensor;

import bessemer.tensor.Primitive.*;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A value of known shape on one engine. Immutable; dies with its scope. Every method that returns
/// a tensor is one primitive or a composition of them.
public final class Tensor {
  private final Engine engine;
  private final Spec spec;
  private Backend.@Nullable Handle handle;
  private @Nullable Scope scope;
  private boolean held;

  /// A tensor without a scope lives as long as its engine.
  Tensor(Engine engine, Spec spec, Backend.Handle handle, @Nullable Scope scope) {
    this.engine = engine;
    this.spec = spec;
    this.handle = handle;
    this.scope = scope;
    if (scope != null) {
      scope.add(this);
    }
  }

  public Engine engine() {
    return engine;
  }

  public Spec spec() {
    return spec;
  }

  public DType dtype() {
    return spec.dtype();
  }

  public Shape shape() {
    return spec.shape();
  }

  public long dim(int axis) {
    return shape().dim(axis);
  }

  public Tensor plus(Tensor other) {
    return engine.run(new Add(), this, other);
  }

  public Tensor plus(float shift) {
    return engine.run(new Affine(1, shift), this);
  }

  public Tensor minus(Tensor other) {
    return plus(other.times(-1));
  }

  public Tensor times(Tensor other) {
    return engine.run(new Multiply(), this, other);
  }

  public Tensor times(float scale) {
    return engine.run(new Affine(scale, 0), this);
  }

  public Tensor power(float exponent) {
    return engine.run(new Power(exponent), this);
  }

  public Tensor sigmoid() {
    return engine.run(new Sigmoid(), this);
  }

  public Tensor silu() {
    return engine.run(new Silu(), this);
  }

  public Tensor relu() {
    return engine.run(new Relu(), this);
  }

  /// The larger of both, element by element.
  public Tensor maximum(Tensor other) {
    return engine.run(new Maximum(), this, other);
  }

  /// i32: 1 where this is less than the other, else 0.
  public Tensor lessThan(Tensor other) {
    return engine.run(new Less(), this, other);
  }

  /// This i32 tensor chooses: `yes` where it is not 0, else `no`.
  public Tensor where(Tensor yes, Tensor no) {
    return engine.run(new Where(), this, yes, no);
  }

  public Tensor softmax() {
    return engine.run(new Softmax(), this);
  }

  /// The axis stays, with length 1.
  public Tensor sum(int axis) {
    return engine.run(new Sum(positive(axis)), this);
  }

  public Tensor mean(int axis) {
    return sum(axis).times(1f / dim(axis));
  }

  /// The mean of all elements.
  public Tensor mean() {
    return shape().rank() == 0 ? this : flatten(0, shape().rank() - 1).mean(0).reshape();
  }

  /// Where the largest is along the last axis.
  public Tensor argMax() {
    return engine.run(new ArgMax(), this);
  }

  /// Where the `count` largest are along the last axis, the largest first.
  public Tensor topK(int count) {
    return engine.run(new TopK(count), this);
  }

  /// The values at these indices along the last axis.
  public Tensor take(Tensor indices) {
    return engine.run(new Take(), this, indices);
  }

  /// One index of each row of logits, drawn by the rules of [Draw] with one number of `[0, 1)`
  /// each.
  public Tensor draw(Tensor uniforms, Draw rules) {
    return engine.run(rules, this, uniforms);
  }

  public Tensor matmul(Tensor right) {
    return engine.run(new Matmul(false), this, right);
  }

  /// Times the transpose: the layout of checkpoints, `[out, in]`.
  public Tensor matmulTransposed(Tensor right) {
    return engine.run(new Matmul(true), this, right);
  }

  /// The same and a bias `[out]`.
  public Tensor matmulTransposed(Tensor right, Tensor bias) {
    return engine.run(new Matmul(true), this, right, bias);
  }

  /// Times the transpose of a quantized weight.
  public Tensor quantizedMatmul(Tensor packed, Tensor scales, Tensor biases, Quantization q) {
    return engine.run(new QuantizedMatmul(q), this, packed, scales, biases);
  }

  /// The same and a bias `[out]`.
  public Tensor quantizedMatmul(
      Tensor packed, Tensor scales, Tensor biases, Quantization q, Tensor bias) {
    return engine.run(new QuantizedMatmul(q), this, packed, scales, biases, bias);
  }

  public Tensor dequantize(Tensor scales, Tensor biases, Quantization q) {
    return engine.run(new Dequantize(q), this, scales, biases);
  }

  /// Times the transpose of codes of int8 with one scale a row, see [Primitive.Int8Matmul].
  public Tensor int8Matmul(Tensor codes, Tensor scales, float step) {
    return engine.run(new Int8Matmul(step), this, codes, scales);
  }

  /// The same and a bias `[out]`.
  public Tensor int8Matmul(Tensor codes, Tensor scales, float step, Tensor bias) {
    return engine.run(new Int8Matmul(step), this, codes, scales, bias);
  }

  /// Codes of int8 as the floats that they mean: each row times its scale.
  public Tensor int8Rows(Tensor scales) {
    return cast(DType.F32).times(scales.reshape(scales.dim(0), 1));
  }

  public Tensor rmsNorm(Tensor weight, float epsilon) {
    return engine.run(new RmsNorm(epsilon), this, weight);
  }

  public Tensor layerNorm(Tensor weight, Tensor bias, float epsilon) {
    return engine.run(new LayerNorm(epsilon), this, weight, bias);
  }

  /// Rotary positions, halves paired: `BHLE`, the position of each row's first query `[B]`, radians
  /// per position `[E / 2]`.
  public Tensor rope(Tensor offsets, Tensor frequencies) {
    return rope(offsets, frequencies, false, 1);
  }

  /// @param interleaved pairs neighbours instead of halves
  /// @param scale multiplies the result
  public Tensor rope(Tensor offsets, Tensor frequencies, boolean interleaved, float scale) {
    return engine.run(new Rope(interleaved, scale), this, offsets, frequencies);
  }

  public Tensor attend(Tensor keys, Tensor values, Tensor bounds, float scale, Mask mask) {
    return engine.run(new Attention(scale, mask), this, keys, values, bounds);
  }

  /// The same for rows with keys and values of their own, each as long as it is: of row `i` at `i`.
  public Tensor attendRows(
      List<Tensor> keys, List<Tensor> values, Tensor bounds, float scale, Mask mask) {
    Tensor[] in = new Tensor[2 + 2 * keys.size()];
    in[0] = this;
    in[1] = bounds;
    for (int row = 0; row < keys.size(); row++) {
      in[2 + 2 * row] = keys.get(row);
      in[3 + 2 * row] = values.get(row);
    }
    return engine.run(new RowsAttention(scale, mask), in);
  }

  /// These bounds as what a query adds to its scores: 0, or -1e30 where masked.
  public Tensor maskBias(Mask mask, long queries, long keys) {
    return engine.run(new MaskBias(mask, queries, keys), this);
  }

  /// This buffer with each row's update written at its offset, rounded where the buffer is of a
  /// narrower type. The buffer is used up by it.
  public Tensor place(Tensor update, Tensor offsets) {
    Tensor placed = engine.run(new Place(), this, update, offsets);
    release();
    return placed;
  }

  public Tensor gather(Tensor indices) {
    return engine.run(new Gather(), this, indices);
  }

  public Tensor scatter(Tensor indices, long rows) {
    return engine.run(new Scatter(rows), this, indices);
  }

  public Tensor oneHot(long classes) {
    return engine.run(new OneHot(classes), this);
  }

  public Tensor crossEntropy(Tensor targets) {
    return engine.run(new CrossEntropy(), this, targets);
  }

  public Tensor reshape(long... dims) {
    return reshape(Shape.of(dims));
  }

  public Tensor reshape(Shape shape) {
    return shape.equals(shape()) ? this : engine.run(new Reshape(shape), this);
  }

  /// The same elements under a second handle, with a life of its own.
  public Tensor alias() {
    return engine.run(new Reshape(shape()), this);
  }

  /// Joins the axes `from` to `to` into one.
  public Tensor flatten(int from, int to) {
    long[] dims = new long[shape().rank() - (to - from)];
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] = dim(axis <= from ? axis : axis + to - from);
    }
    for (int axis = from + 1; axis <= to; axis++) {
      dims[from] *= dim(axis);
    }
    return reshape(dims);
  }

  public Tensor broadcast(Shape shape) {
    return shape.equals(shape()) ? this : engine.run(new Broadcast(shape), this);
  }

  public Tensor transpose(int... axes) {
    return engine.run(new Transpose(axes), this);
  }

  /// The last two axes exchanged.
  public Tensor swapLast() {
    int[] axes = new int[shape().rank()];
    for (int axis = 0; axis < axes.length; axis++) {
      axes[axis] = axis;
    }
    axes[axes.length - 1] = axes.length - 2;
    axes[axes.length - 2] = axes.length - 1;
    return transpose(axes);
  }

  public Tensor slice(int axis, long from, long to) {
    return engine.run(new Slice(positive(axis), from, to), this);
  }

  /// The parts one after the other along an axis; a single part is itself.
  public static Tensor concat(int axis, Tensor... parts) {
    Tensor first = parts[0];
    return parts.length == 1 ? first : first.engine.run(new Concat(first.positive(axis)), parts);
  }

  public Tensor cast(DType dtype) {
    return dtype == dtype() ? this : engine.run(new Cast(dtype), this);
  }

  /// Shows this output to the trace, if one is open, and goes on with what the trace answers.
  public Tensor named(String path) {
    Trace trace = engine.activeTrace();
    return trace == null ? this : trace.output(path, this);
  }

  /// Makes a lazy backend compute it now; nothing to do on an eager one.
  public Tensor evaluate() {
    engine.backend().evaluate(handle());
    return this;
  }

  /// Starts to compute it and does not wait, where the backend can: the next graph is built
  /// meanwhile, and only reading waits.
  public Tensor evaluateAsync() {
    engine.backend().evaluateAsync(handle());
    return this;
  }

  /// The next value of a variable, for loops: lets this one go at once, unless a tape or a trace
  /// still needs it. `h = h.replacedBy(block.forward(h))` keeps one `h`, not one per block.
  public Tensor replacedBy(Tensor next) {
    if (next != this) {
      discard();
    }
    return next;
  }

  public float[] toFloats() {
    float[] values = new float[Math.toIntExact(shape().size())];
    try (Scope _ = engine.scope()) {
      cast(DType.F32).read(MemorySegment.ofArray(values));
    }
    return values;
  }

  public int[] toInts() {
    if (dtype() != DType.I32) {
      throw new IllegalArgumentException(this + " does not hold integers");
    }
    int[] values = new int[Math.toIntExact(shape().size())];
    read(MemorySegment.ofArray(values));
    return values;
  }

  /// The only element.
  public float item() {
    if (shape().size() != 1) {
      throw new IllegalArgumentException(this + " is not one element");
    }
    return toFloats()[0];
  }

  /// Computes what is still to be computed and writes the elements row by row, little-endian.
  public void read(MemorySegment target) {
    if (target.byteSize() != spec.bytes()) {
      throw new IllegalArgumentException(
          this + " takes " + spec.bytes() + " bytes, got " + target.byteSize());
    }
    engine.backend().read(handle(), target);
  }

  private int positive(int axis) {
    return axis < 0 ? axis + shape().rank() : axis;
  }

  Backend.Handle handle() {
    Backend.Handle handle = this.handle;
    if (handle == null) {
      throw new IllegalStateException(this + " is used after its scope closed: keep() it");
    }
    return handle;
  }

  @Nullable Scope scope() {
    return scope;
  }

  void moveTo(@Nullable Scope next) {
    handle();
    scope = next;
  }

  void hold() {
    held = scope != null;
  }

  void discard() {
    if (scope != null && !held) {
      release();
    }
  }

  void release() {
    if (handle != null) {
      engine.backend().release(handle);
      handle = null;
    }
  }

  @Override
  public String toString() {
    return "tensor " + spec;
  }
}
