package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Spec;
import bessemer.tensor.cpu.Slabs.Block;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the kernels of one backend share: its memory and its threads. Blocks taken during a
/// primitive go back when it is done or has failed, but for that of its result.
final class Device implements AutoCloseable {
  private final Slabs slabs = new Slabs();
  private final List<Block> taken = new ArrayList<>();
  private final Workers workers;
  private final DenseKernels kernels;
  private final AttentionKernel attention;
  private final Loops loops;
  private final @Nullable Rounding rounding;
  private final @Nullable NativeRows nativeRows;
  private float[] heap = {};

  Device(
      int threads,
      DenseKernels kernels,
      AttentionKernel attention,
      Loops loops,
      @Nullable Rounding rounding,
      @Nullable NativeRows nativeRows) {
    workers = new Workers(threads);
    this.kernels = kernels;
    this.attention = attention;
    this.loops = loops;
    this.rounding = rounding;
    this.nativeRows = nativeRows;
  }

  /// What products of floats are made of.
  DenseKernels kernels() {
    return kernels;
  }

  AttentionKernel attention() {
    return attention;
  }

  Loops loops() {
    return loops;
  }

  /// How activations are rounded for quantized weights; null where they stay floats.
  @Nullable Rounding rounding() {
    return rounding;
  }

  /// How activations are rounded for weights of int8; null where they stay floats.
  @Nullable Int8Rounding int8() {
    return rounding == null ? null : rounding.int8();
  }

  /// How activations are split for many rows and weights of bf16; null where they stay floats.
  @Nullable NativeBf16 bf16() {
    return rounding == null ? null : rounding.bf16();
  }

  /// The exact kernels of the native file; null without one.
  @Nullable NativeRows nativeRows() {
    return nativeRows;
  }

  int threads() {
    return workers.threads();
  }

  void each(long rounds, long costOfOne, Workers.Range body) {
    workers.each(rounds, costOfOne, body);
  }

  View allocate(Spec spec) {
    return View.of(take(spec.bytes()), spec);
  }

  /// A result in floats; [#as] turns it into the type that was asked for.
  View floats(Spec spec) {
    return allocate(spec.dtype() == DType.F32 ? spec : new Spec(DType.F32, spec.shape()));
  }

  /// The address of memory until [#giveBack].
  long borrow(long bytes) {
    return take(bytes).segment.address();
  }

  private Block take(long bytes) {
    Block block = slabs.take(bytes);
    taken.add(block);
    return block;
  }

  /// An array of at least so many floats until the next call.
  float[] heap(int count) {
    if (heap.length < count) {
      heap = new float[count];
    }
    return heap;
  }

  /// The same elements row by row, copied if they lie otherwise.
  View dense(View x) {
    return x.dense ? x : Copies.dense(this, x);
  }

  /// The same elements as floats, row by row.
  View denseFloats(View x) {
    return x.spec.dtype() == DType.F32 ? dense(x) : Copies.cast(this, x, DType.F32);
  }

  /// The same elements as floats in rows that are dense; the rows may lie anywhere.
  View floatRows(View x) {
    return x.spec.dtype() == DType.F32 && x.rowsDense() ? x : denseFloats(x);
  }

  /// A result of [#floats] in another type.
  View as(DType type, View floats) {
    return type == DType.F32 ? floats : Copies.cast(this, floats, type);
  }

  /// What a primitive took, for reuse, unless somebody shares it by now.
  void giveBack() {
    for (Block block : taken) {
      block.recycle();
    }
    taken.clear();
  }

  long reserved() {
    return slabs.reserved();
  }

  @Override
  public void close() {
    workers.close();
    slabs.close();
  }
}
