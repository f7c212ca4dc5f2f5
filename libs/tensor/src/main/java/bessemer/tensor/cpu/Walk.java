package bessemer.tensor.cpu;

import bessemer.tensor.Shape;

/// A way through a result row by row with the places of each operand, which are broadcast to it.
/// Axes that all operands step through alike are merged, so that dense operands are one long row.
final class Walk {
  private final long[] dims;
  private final long[][] steps;
  private final long[] offsets;
  private final int axes;

  Walk(Shape shape, View... operands) {
    dims = shape.rank() == 0 ? new long[] {1} : shape.dims();
    steps = new long[operands.length][];
    offsets = new long[operands.length];
    for (int i = 0; i < operands.length; i++) {
      View wide =
          operands[i].spec.shape().equals(shape) ? operands[i] : operands[i].broadcast(shape);
      steps[i] = shape.rank() == 0 ? new long[] {0} : wide.strides.clone();
      offsets[i] = wide.offset;
    }
    axes = merge();
  }

  private int merge() {
    int last = 0;
    for (int axis = 1; axis < dims.length; axis++) {
      if (mergeable(last, axis)) {
        dims[last] *= dims[axis];
      } else {
        last++;
        dims[last] = dims[axis];
      }
      for (long[] step : steps) {
        step[last] = step[axis];
      }
    }
    return last + 1;
  }

  private boolean mergeable(int outer, int inner) {
    for (long[] step : steps) {
      if (dims[outer] != 1 && step[outer] != step[inner] * dims[inner]) {
        return false;
      }
    }
    return true;
  }

  long width() {
    return dims[axes - 1];
  }

  long rows() {
    long rows = 1;
    for (int axis = 0; axis < axes - 1; axis++) {
      rows *= dims[axis];
    }
    return rows;
  }

  /// Elements between neighbours of a row.
  long step(int operand) {
    return steps[operand][axes - 1];
  }

  /// The index in its block of an operand's first element of a row.
  long start(int operand, long row) {
    long at = offsets[operand];
    long rest = row;
    for (int axis = axes - 2; axis >= 0; axis--) {
      at += rest % dims[axis] * steps[operand][axis];
      rest /= dims[axis];
    }
    return at;
  }
}
