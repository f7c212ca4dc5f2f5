package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.all;
import static bessemer.tensor.cpu.Raw.floats;
import static bessemer.tensor.cpu.Raw.store;

import jdk.incubator.vector.FloatVector;

/// A row of floats, normalized and multiplied by a row of weights.
final class Norms {
  private Norms() {}

  static void rms(long x, long weight, float epsilon, int width, long out) {
    float squares = squares(x, 0, width);
    float scale = (float) (1 / Math.sqrt(squares / width + epsilon));
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      store(floats(x + 4L * i).mul(scale).mul(floats(weight + 4L * i)), out + 4L * i);
    }
    for (; i < width; i++) {
      Raw.put(out + 4L * i, Raw.get(x + 4L * i) * scale * Raw.get(weight + 4L * i));
    }
  }

  /// `r (g w - x r^2 mean(g w x))`, where `r` is what [#rms] multiplies by.
  static void rmsGradient(long x, long weight, long g, float epsilon, int width, long out) {
    double r = 1 / Math.sqrt(squares(x, 0, width) / width + epsilon);
    float along = (float) (r * r * r * products(x, weight, g, width) / width);
    FloatVector scale = all((float) r);
    FloatVector back = all(-along);
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector gw = floats(g + 4L * i).mul(floats(weight + 4L * i));
      store(gw.mul(scale).add(floats(x + 4L * i).mul(back)), out + 4L * i);
    }
    for (; i < width; i++) {
      float gw = Raw.get(g + 4L * i) * Raw.get(weight + 4L * i);
      Raw.put(out + 4L * i, gw * (float) r + Raw.get(x + 4L * i) * -along);
    }
  }

  /// The sum of the products of three rows.
  private static float products(long x, long weight, long g, int width) {
    FloatVector sums = all(0);
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector gw = floats(g + 4L * i).mul(floats(weight + 4L * i));
      sums = gw.fma(floats(x + 4L * i), sums);
    }
    float sum = Raw.sum(sums);
    for (; i < width; i++) {
      sum += Raw.get(g + 4L * i) * Raw.get(weight + 4L * i) * Raw.get(x + 4L * i);
    }
    return sum;
  }

  static void layer(long x, long weight, long bias, float epsilon, int width, long out) {
    float mean = sum(x, width) / width;
    float scale = (float) (1 / Math.sqrt(squares(x, mean, width) / width + epsilon));
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector normal = floats(x + 4L * i).sub(mean).mul(scale);
      store(normal.mul(floats(weight + 4L * i)).add(floats(bias + 4L * i)), out + 4L * i);
    }
    for (; i < width; i++) {
      float normal = (Raw.get(x + 4L * i) - mean) * scale;
      Raw.put(out + 4L * i, normal * Raw.get(weight + 4L * i) + Raw.get(bias + 4L * i));
    }
  }

  static float sum(long x, int width) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    int i = 0;
    for (; i <= width - 2 * LANES; i += 2 * LANES) {
      a = a.add(floats(x + 4L * i));
      b = b.add(floats(x + 4L * (i + LANES)));
    }
    float sum = Raw.sum(a.add(b));
    for (; i < width; i++) {
      sum += Raw.get(x + 4L * i);
    }
    return sum;
  }

  /// The sum of the squares of the distances from a mean.
  private static float squares(long x, float mean, int width) {
    FloatVector a = all(0);
    FloatVector b = all(0);
    int i = 0;
    for (; i <= width - 2 * LANES; i += 2 * LANES) {
      FloatVector p = floats(x + 4L * i).sub(mean);
      FloatVector q = floats(x + 4L * (i + LANES)).sub(mean);
      a = p.fma(p, a);
      b = q.fma(q, b);
    }
    float sum = Raw.sum(a.add(b));
    for (; i < width; i++) {
      float p = Raw.get(x + 4L * i) - mean;
      sum += p * p;
    }
    return sum;
  }
}
