package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.cpu.Pointwise.Span;
import java.lang.invoke.MethodHandle;

/// Loops of the native file, `loops.h`: fast from the first call on, where those of the Vector API
/// take thousands of calls to be compiled.
final class NativeLoops implements Loops {
  private final MethodHandle add; // (a, whether one, b, whether one, out, count)
  private final MethodHandle multiply;
  private final MethodHandle relu; // (x, out, count)
  private final MethodHandle sigmoid;
  private final MethodHandle silu;
  private final MethodHandle rms; // (x, weight, bits of epsilon, width, out)
  private final MethodHandle layer; // (x, weight, bias, bits of epsilon, width, out)
  private final MethodHandle turn; // (x, cosines, pairs, whether interleaved, out)
  private final MethodHandle widen; // (type, from, to, count)
  private final MethodHandle narrow; // (type, from, to, count)
  private final MethodHandle narrowWithin; // (from, to, count)
  private final MethodHandle above; // (x, first place, width, bits of a float) -> place
  private final MethodHandle exponentials; // (x, width, bits of the top) -> bits of a double
  private final MethodHandle unpack; // (codes, scales, biases, type, bits, group, inner, out)

  NativeLoops(NativeKernels kernels) {
    add = kernels.function("each_add", false, 6);
    multiply = kernels.function("each_multiply", false, 6);
    relu = kernels.function("each_relu", false, 3);
    sigmoid = kernels.function("each_sigmoid", false, 3);
    silu = kernels.function("each_silu", false, 3);
    rms = kernels.function("rms_norm", false, 5);
    layer = kernels.function("layer_norm", false, 6);
    turn = kernels.function("turn", false, 5);
    widen = kernels.function("widen", false, 4);
    narrow = kernels.function("narrow", false, 4);
    narrowWithin = kernels.function("narrow_within", false, 3);
    above = kernels.function("above", true, 4);
    exponentials = kernels.function("exponentials", true, 3);
    unpack = kernels.function("unpack_row", false, 8);
  }

  @Override
  public void add(Span span) {
    pairs(add, span);
  }

  @Override
  public void multiply(Span span) {
    pairs(multiply, span);
  }

  private static void pairs(MethodHandle kernel, Span s) {
    try {
      kernel.invokeExact(
          s.at[0], s.one[0] ? 1L : 0L, s.at[1], s.one[1] ? 1L : 0L, s.out, (long) s.count);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void relu(Span span) {
    NativeKernels.call(relu, span.at[0], span.out, span.count);
  }

  @Override
  public void sigmoid(Span span) {
    NativeKernels.call(sigmoid, span.at[0], span.out, span.count);
  }

  @Override
  public void silu(Span span) {
    NativeKernels.call(silu, span.at[0], span.out, span.count);
  }

  @Override
  public void rms(long x, long weight, float epsilon, int width, long out) {
    try {
      rms.invokeExact(x, weight, bits(epsilon), (long) width, out);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void layer(long x, long weight, long bias, float epsilon, int width, long out) {
    try {
      layer.invokeExact(x, weight, bias, bits(epsilon), (long) width, out);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void turn(long x, long cosines, int pairs, boolean interleaved, long out) {
    try {
      turn.invokeExact(x, cosines, (long) pairs, interleaved ? 1L : 0L, out);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void widen(DType type, long from, long to, int count) {
    NativeKernels.call(widen, NativeProduct.type(type), from, to, count);
  }

  @Override
  public void narrow(DType type, long from, long to, int count) {
    NativeKernels.call(narrow, NativeProduct.type(type), from, to, count);
  }

  @Override
  public void narrowWithin(long from, long to, int count) {
    NativeKernels.call(narrowWithin, from, to, count);
  }

  @Override
  public void unpack(Matrix.Packed m, long first, long last, long out, Scratch own) {
    long type = NativeProduct.type(m.type());
    long inner = m.inner();
    try {
      for (long row = first; row < last; row++, out += 4L * inner) {
        unpack.invokeExact(
            m.row(row),
            m.scale(row),
            m.bias(row),
            type,
            (long) m.bits(),
            (long) m.group(),
            inner,
            out);
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void addTo(long row, long to, int count) {
    try {
      add.invokeExact(row, 0L, to, 0L, to, (long) count);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public int above(long x, int i, int width, float least) {
    try {
      return (int) (long) above.invokeExact(x, (long) i, (long) width, bits(least));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public double exponentials(long x, int width, float top) {
    try {
      long sum = (long) exponentials.invokeExact(x, (long) width, bits(top));
      return Double.longBitsToDouble(sum);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static long bits(float x) {
    return Float.floatToRawIntBits(x);
  }
}
