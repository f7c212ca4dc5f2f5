package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;

/// Runs loops over spans of elements whose operands are broadcast, strided or of narrow types.
final class Pointwise {
  private static final int SPAN = 2048;
  private static final int OPERANDS = 3;

  /// Neighbouring elements of a result and where those of the operands lie, as floats.
  static final class Span {
    final long[] at = new long[OPERANDS];

    /// Whether an operand is one number for the whole span; never so for the first of all.
    final boolean[] one = new boolean[OPERANDS];

    long out;
    int count;
  }

  interface Loop {
    void run(Span span);
  }

  private Pointwise() {}

  /// A result of floats, in the type of `spec`.
  static View floats(Device device, Spec spec, long cost, Loop loop, View... operands) {
    View out = device.floats(spec);
    run(device, out, cost, loop, operands);
    return device.as(spec.dtype(), out);
  }

  /// Fills a dense result whose elements have 4 bytes.
  static void run(Device device, View out, long cost, Loop loop, View... operands) {
    Shape shape = out.spec.shape();
    if (alike(shape, operands)) {
      together(device, out, cost, loop, operands);
      return;
    }
    var walk = new Walk(shape, operands);
    long width = walk.width();
    device.each(
        shape.size(),
        cost,
        (first, last, own) -> {
          long spare = own.take(4L * SPAN * OPERANDS);
          Span span = own.span();
          for (long i = first; i < last; i += span.count) {
            span.count = (int) Math.min(SPAN, Math.min(width - i % width, last - i));
            span.out = out.at(i);
            boolean constant = true;
            for (int k = operands.length - 1; k >= 0; k--) {
              stage(span, walk, operands[k], k, i, width, spare + 4L * SPAN * k);
              constant &= span.one[k];
            }
            if (constant) {
              spread(span, spare);
            }
            loop.run(span);
          }
        });
  }

  /// Whether element `i` of the result comes from element `i` of each operand, all floats.
  private static boolean alike(Shape shape, View[] operands) {
    for (View x : operands) {
      if (!x.dense || x.spec.dtype() != DType.F32 || !x.spec.shape().equals(shape)) {
        return false;
      }
    }
    return true;
  }

  private static void together(Device device, View out, long cost, Loop loop, View[] operands) {
    device.each(
        out.spec.shape().size(),
        cost,
        (first, last, own) -> {
          Span span = own.span();
          for (int k = 0; k < operands.length; k++) {
            span.one[k] = false;
            span.at[k] = operands[k].at(operands[k].offset + first);
          }
          span.out = out.at(first);
          span.count = (int) (last - first);
          loop.run(span);
        });
  }

  private static void stage(Span span, Walk walk, View x, int k, long i, long width, long spare) {
    long step = walk.step(k);
    long at = x.at(walk.start(k, i / width) + i % width * step);
    DType type = x.spec.dtype();
    span.one[k] = step == 0;
    if (step == 0) {
      Raw.put(spare, Half.load(type, at));
      span.at[k] = spare;
    } else {
      span.at[k] = Panels.line(type, at, step, span.count, spare);
    }
  }

  private static void spread(Span span, long spare) {
    float value = Raw.get(span.at[0]);
    for (int i = 0; i < span.count; i++) {
      Raw.put(spare + 4L * i, value);
    }
    span.at[0] = spare;
    span.one[0] = false;
  }
}
