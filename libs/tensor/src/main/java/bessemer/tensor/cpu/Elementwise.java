package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.store;

import bessemer.tensor.cpu.Pointwise.Loop;
import bessemer.tensor.cpu.Pointwise.Span;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Loops over spans of floats, element by element.
final class Elementwise {
  private Elementwise() {}

  static void add(Span s) {
    if (s.one[0] || s.one[1]) {
      int many = s.one[0] ? 1 : 0;
      add(s.at[many], Raw.get(s.at[1 - many]), s.out, s.count);
    } else {
      add(s.at[0], s.at[1], s.out, s.count);
    }
  }

  static void add(long a, long b, long out, int count) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(a + 4L * i).add(floats(b + 4L * i)), out + 4L * i);
    }
    for (; i < count; i++) {
      Raw.put(out + 4L * i, Raw.get(a + 4L * i) + Raw.get(b + 4L * i));
    }
  }

  private static void add(long a, float b, long out, int count) {
    FloatVector every = all(b);
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(a + 4L * i).add(every), out + 4L * i);
    }
    for (; i < count; i++) {
      Raw.put(out + 4L * i, Raw.get(a + 4L * i) + b);
    }
  }

  static void multiply(Span s) {
    if (s.one[0] || s.one[1]) {
      int many = s.one[0] ? 1 : 0;
      multiply(s.at[many], Raw.get(s.at[1 - many]), s.out, s.count);
    } else {
      multiply(s.at[0], s.at[1], s.out, s.count);
    }
  }

  private static void multiply(long a, long b, long out, int count) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(a + 4L * i).mul(floats(b + 4L * i)), out + 4L * i);
    }
    for (; i < count; i++) {
      Raw.put(out + 4L * i, Raw.get(a + 4L * i) * Raw.get(b + 4L * i));
    }
  }

  private static void multiply(long a, float b, long out, int count) {
    FloatVector every = all(b);
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(a + 4L * i).mul(every), out + 4L * i);
    }
    for (; i < count; i++) {
      Raw.put(out + 4L * i, Raw.get(a + 4L * i) * b);
    }
  }

  static void maximum(Span s) {
    if (s.one[0] || s.one[1]) {
      int many = s.one[0] ? 1 : 0;
      maximum(s.at[many], Raw.get(s.at[1 - many]), s.out, s.count);
    } else {
      maximum(s.at[0], s.at[1], s.out, s.count);
    }
  }

  private static void maximum(long a, long b, long out, int count) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(a + 4L * i).max(floats(b + 4L * i)), out + 4L * i);
    }
    for (; i < count; i++) {
      Raw.put(out + 4L * i, Math.max(Raw.get(a + 4L * i), Raw.get(b + 4L * i)));
    }
  }

  private static void maximum(long a, float b, long out, int count) {
    FloatVector every = all(b);
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(a + 4L * i).max(every), out + 4L * i);
    }
    for (; i < count; i++) {
      Raw.put(out + 4L * i, Math.max(Raw.get(a + 4L * i), b));
    }
  }

  private static float at(Span s, int operand, int i) {
    return Raw.get(s.at[operand] + (s.one[operand] ? 0 : 4L * i));
  }

  /// Into integers.
  static void less(Span s) {
    for (int i = 0; i < s.count; i++) {
      Raw.putInt(s.out + 4L * i, at(s, 0, i) < at(s, 1, i) ? 1 : 0);
    }
  }

  static void where(Span s) {
    for (int i = 0; i < s.count; i++) {
      Raw.put(s.out + 4L * i, at(s, 0, i) != 0 ? at(s, 1, i) : at(s, 2, i));
    }
  }

  static Loop affine(float scale, float shift) {
    return s -> affine(s.at[0], scale, shift, s.out, s.count);
  }

  private static void affine(long x, float scale, float shift, long out, int count) {
    FloatVector factor = all(scale);
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(x + 4L * i).mul(factor).add(shift), out + 4L * i);
    }
    for (; i < count; i++) {
      Raw.put(out + 4L * i, Raw.get(x + 4L * i) * scale + shift);
    }
  }

  static void relu(Span s) {
    maximum(s.at[0], 0f, s.out, s.count);
  }

  /// As vectors to the last element: where a span ends depends on the number of threads, and the
  /// result must not.
  static void sigmoid(Span s) {
    int i = 0;
    for (; i <= s.count - LANES; i += LANES) {
      FloatVector x = floats(s.at[0] + 4L * i);
      store(Exponential.sigmoid(x), s.out + 4L * i);
    }
    if (i < s.count) {
      VectorMask<Float> rest = F.indexInRange(i, s.count);
      store(Exponential.sigmoid(floats(s.at[0] + 4L * i, rest)), s.out + 4L * i, rest);
    }
  }

  static void silu(Span s) {
    int i = 0;
    for (; i <= s.count - LANES; i += LANES) {
      FloatVector x = floats(s.at[0] + 4L * i);
      store(x.mul(Exponential.sigmoid(x)), s.out + 4L * i);
    }
    if (i < s.count) {
      VectorMask<Float> rest = F.indexInRange(i, s.count);
      FloatVector x = floats(s.at[0] + 4L * i, rest);
      store(x.mul(Exponential.sigmoid(x)), s.out + 4L * i, rest);
    }
  }

  /// `g (s + x s (1 - s))` with `s` the sigmoid of `x`.
  static void siluGradient(Span s) {
    for (int i = 0; i < s.count; i += LANES) {
      VectorMask<Float> lanes = F.indexInRange(i, s.count);
      FloatVector x = s.one[0] ? all(Raw.get(s.at[0])) : floats(s.at[0] + 4L * i, lanes);
      FloatVector g = s.one[1] ? all(Raw.get(s.at[1])) : floats(s.at[1] + 4L * i, lanes);
      FloatVector sigmoid = Exponential.sigmoid(x);
      FloatVector slope = x.mul(all(1).sub(sigmoid)).add(1f).mul(sigmoid);
      store(g.mul(slope), s.out + 4L * i, lanes);
    }
  }

  static void square(Span s) {
    int i = 0;
    for (; i <= s.count - LANES; i += LANES) {
      FloatVector x = floats(s.at[0] + 4L * i);
      store(x.mul(x), s.out + 4L * i);
    }
    for (; i < s.count; i++) {
      float x = Raw.get(s.at[0] + 4L * i);
      Raw.put(s.out + 4L * i, x * x);
    }
  }

  static void root(Span s) {
    int i = 0;
    for (; i <= s.count - LANES; i += LANES) {
      FloatVector x = floats(s.at[0] + 4L * i);
      store(x.sqrt(), s.out + 4L * i);
    }
    for (; i < s.count; i++) {
      float x = Raw.get(s.at[0] + 4L * i);
      Raw.put(s.out + 4L * i, (float) Math.sqrt(x));
    }
  }

  static void reciprocal(Span s) {
    int i = 0;
    for (; i <= s.count - LANES; i += LANES) {
      FloatVector x = floats(s.at[0] + 4L * i);
      store(all(1).div(x), s.out + 4L * i);
    }
    for (; i < s.count; i++) {
      float x = Raw.get(s.at[0] + 4L * i);
      Raw.put(s.out + 4L * i, 1 / x);
    }
  }

  static void inverseRoot(Span s) {
    int i = 0;
    for (; i <= s.count - LANES; i += LANES) {
      FloatVector x = floats(s.at[0] + 4L * i);
      store(all(1).div(x.sqrt()), s.out + 4L * i);
    }
    for (; i < s.count; i++) {
      float x = Raw.get(s.at[0] + 4L * i);
      Raw.put(s.out + 4L * i, 1 / (float) Math.sqrt(x));
    }
  }

  static Loop power(float exponent) {
    if (exponent == 2) {
      return Elementwise::square;
    }
    if (exponent == .5f) {
      return Elementwise::root;
    }
    if (exponent == -1) {
      return Elementwise::reciprocal;
    }
    return exponent == -.5f ? Elementwise::inverseRoot : s -> power(s, exponent);
  }

  private static void power(Span s, float exponent) {
    for (int i = 0; i < s.count; i++) {
      Raw.put(s.out + 4L * i, (float) Math.pow(Raw.get(s.at[0] + 4L * i), exponent));
    }
  }
}
