package bessemer.tensor.cpu;

import bessemer.tensor.Backend;
import bessemer.tensor.DType;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.cpu.Slabs.Block;

/// A tensor on the cpu: a block of memory and where in it each element lies.
final class View implements Backend.Handle {
  final Block block;
  final Spec spec;
  final long offset;
  final long[] strides;
  final boolean dense;

  private View(Block block, Spec spec, long offset, long[] strides, boolean dense) {
    this.block = block;
    this.spec = spec;
    this.offset = offset;
    this.strides = strides;
    this.dense = dense;
  }

  static View of(Block block, Spec spec) {
    return new View(block, spec, 0, spec.shape().strides(), true);
  }

  /// A view that counts as dense wherever its elements lie row by row: what the step of an axis of
  /// length 1 is means nothing, and becomes what it would be in a new block.
  private static View placed(Block block, Spec spec, long offset, long[] strides) {
    long step = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      long dim = spec.shape().dim(axis);
      if (dim != 1 && strides[axis] != step) {
        return new View(block, spec, offset, strides, false);
      }
      step *= dim;
    }
    return new View(block, spec, offset, spec.shape().strides(), true);
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
    return new View(block, to, offset, to.shape().strides(), true);
  }

  View broadcast(Shape shape) {
    long[] steps = new long[shape.rank()];
    for (int axis = 1; axis <= strides.length; axis++) {
      boolean one = spec.shape().dim(-axis) == 1;
      steps[steps.length - axis] = one ? 0 : strides[strides.length - axis];
    }
    return placed(block, spec.with(shape), offset, steps);
  }

  View transposed(Spec to, int[] axes) {
    long[] steps = new long[axes.length];
    for (int axis = 0; axis < axes.length; axis++) {
      steps[axis] = strides[axes[axis]];
    }
    return placed(block, to, offset, steps);
  }

  View sliced(Spec to, int axis, long from) {
    return placed(block, to, offset + from * strides[axis], strides);
  }
}
