package bessemer.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import bessemer.tensor.Backend;
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
      long dim = spec.shape().dim(axis);
      at += rest % dim * strides[axis];
      rest /= dim;
    }
    return at;
  }

  float get(long i) {
    return load(index(i));
  }

  float load(long at) {
    return switch (spec.dtype()) {
      case F32 -> block.segment.get(JAVA_FLOAT_UNALIGNED, 4L * at);
      case BF16 -> Float.intBitsToFloat(block.segment.get(JAVA_SHORT_UNALIGNED, 2L * at) << 16);
      case F16 -> Float.float16ToFloat(block.segment.get(JAVA_SHORT_UNALIGNED, 2L * at));
      case I8 -> block.segment.get(JAVA_BYTE, at);
      case I32, U32 -> block.segment.get(JAVA_INT_UNALIGNED, 4L * at);
    };
  }

  int word(long i) {
    return block.segment.get(JAVA_INT_UNALIGNED, 4L * index(i));
  }

  /// Only into a dense view: a new one, or a buffer nothing else refers to.
  void put(long i, float value) {
    switch (spec.dtype()) {
      case F32 -> block.segment.set(JAVA_FLOAT_UNALIGNED, 4L * (offset + i), value);
      case BF16 -> block.segment.set(JAVA_SHORT_UNALIGNED, 2L * (offset + i), bf16(value));
      case F16 ->
          block.segment.set(JAVA_SHORT_UNALIGNED, 2L * (offset + i), Float.floatToFloat16(value));
      case I8 -> block.segment.set(JAVA_BYTE, offset + i, (byte) value);
      case I32, U32 -> block.segment.set(JAVA_INT_UNALIGNED, 4L * (offset + i), (int) value);
    }
  }

  /// Copies the bits of element `from` of a view of the same type: integers do not pass through
  /// floats.
  void move(long i, View source, long from) {
    if (spec.dtype().bytes() == 1) {
      byte bits = source.block.segment.get(JAVA_BYTE, source.index(from));
      block.segment.set(JAVA_BYTE, offset + i, bits);
    } else if (spec.dtype().bytes() == 2) {
      short bits = source.block.segment.get(JAVA_SHORT_UNALIGNED, 2L * source.index(from));
      block.segment.set(JAVA_SHORT_UNALIGNED, 2L * (offset + i), bits);
    } else {
      block.segment.set(JAVA_INT_UNALIGNED, 4L * (offset + i), source.word(from));
    }
  }

  /// Rounded to the nearest, to even between two.
  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (Float.isNaN(value) ? 0x7fc0 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
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
