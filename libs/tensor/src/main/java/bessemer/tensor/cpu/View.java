package bessemer.tensor.cpu;

import bessemer.tensor.Backend;
import bessemer.tensor.DType;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.cpu.Slabs.Block;
import java.util.Arrays;

/// A tensor on the cpu: a block of memory and where in it each element lies.
final class View implements Backend.Handle {
  final Block block;
  final Spec spec;
  final long offset;
  final long[] strides;
  final boolean dense;

  private View(Block block, Spec spec, long offset, long[] strides) {
    this.block = block;
    this.spec = spec;
    this.offset = offset;
    this.strides = strides;
    this.dense = Arrays.equals(strides, spec.shape().strides());
  }

  static View of(Block block, Spec spec) {
    return new View(block, spec, 0, spec.shape().strides());
  }

  @Override
  public Spec spec() {
    return spec;
  }

  /// Where element `i`, counted row by row, lies in the block.
  long index(long i) {
    if (dense) {
      return offset + i;
    }
    long at = offset;
    long rest = i;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      long dim = Math.max(1, spec.shape().dim(axis)); // nothing is read along an empty axis
      at += rest % dim * strides[axis];
      rest /= dim;
    }
    return at;
  }

  /// The address of the element at an index of [#index].
  long at(long index) {
    return block.segment.address() + index * spec.dtype().bytes();
  }

  /// The address of the first element.
  long address() {
    return at(offset);
  }

  /// An integer element; of floats the whole part.
  long integer(long i) {
    long at = at(index(i));
    return spec.dtype() == DType.I32 ? Raw.getInt(at) : (long) Half.load(spec.dtype(), at);
  }

  /// Whether the elements of a row lie beside each other.
  boolean rowsDense() {
    return strides.length == 0 || strides[strides.length - 1] == 1 || spec.shape().dim(-1) == 1;
  }

  long stride(int axis) {
    return strides[axis < 0 ? axis + strides.length : axis];
  }

  View reshaped(Spec to) {
    return new View(block, to, offset, to.shape().strides());
  }

  View broadcast(Shape shape) {
    long[] steps = new long[shape.rank()];
    for (int axis = 1; axis <= strides.length; axis++) {
      boolean one = spec.shape().dim(-axis) == 1;
      steps[steps.length - axis] = one ? 0 : strides[strides.length - axis];
    }
    return new View(block, spec.with(shape), offset, steps);
  }

  View transposed(Spec to, int[] axes) {
    long[] steps = new long[axes.length];
    for (int axis = 0; axis < axes.length; axis++) {
      steps[axis] = strides[axes[axis]];
    }
    return new View(block, to, offset, steps);
  }

  View sliced(Spec to, int axis, long from) {
    return new View(block, to, offset + from * strides[axis], strides);
  }
}
