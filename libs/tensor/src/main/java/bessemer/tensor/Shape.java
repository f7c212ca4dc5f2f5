package bessemer.tensor;

import java.util.Arrays;

/// The lengths of a tensor's axes; negative axes count from the end.
public final class Shape {
  private final long[] dims;

  private Shape(long[] dims) {
    this.dims = dims;
  }

  /// @throws IllegalArgumentException if a length is negative
  public static Shape of(long... dims) {
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("a negative length in " + Arrays.toString(dims));
      }
    }
    return new Shape(dims.clone());
  }

  /// The same without a copy, of lengths that nobody else holds.
  static Shape owning(long[] dims) {
    return new Shape(dims);
  }

  public int rank() {
    return dims.length;
  }

  public long dim(int axis) {
    return dims[axis < 0 ? axis + dims.length : axis];
  }

  /// The number of elements.
  public long size() {
    long size = 1;
    for (long dim : dims) {
      size = Math.multiplyExact(size, dim);
    }
    return size;
  }

  /// This shape with one axis of another length.
  public Shape with(int axis, long dim) {
    long[] changed = dims.clone();
    changed[axis < 0 ? axis + dims.length : axis] = dim;
    return new Shape(changed);
  }

  /// This shape with one more axis at the end.
  public Shape append(long dim) {
    long[] longer = Arrays.copyOf(dims, dims.length + 1);
    longer[dims.length] = dim;
    return new Shape(longer);
  }

  /// This shape without its last axis.
  public Shape dropLast() {
    return new Shape(Arrays.copyOf(dims, dims.length - 1));
  }

  /// Elements between neighbours along each axis, rows last.
  public long[] strides() {
    long[] strides = new long[dims.length];
    long step = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      strides[axis] = step;
      step *= dims[axis];
    }
    return strides;
  }

  public long[] dims() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
