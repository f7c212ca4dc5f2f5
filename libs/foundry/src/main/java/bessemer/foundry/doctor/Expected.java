package bessemer.foundry.doctor;

import bessemer.tensor.Mask;
import bessemer.tensor.Quantization;

/// What operations are, written down as plainly as can be, in doubles.
final class Expected {
  private Expected() {}

  /// `a [rows, inner]` times the transpose of `b [columns, inner]`.
  static double[] product(float[] a, float[] b, int inner) {
    int columns = b.length / inner;
    double[] out = new double[a.length / inner * columns];
    for (int i = 0; i < out.length; i++) {
      for (int k = 0; k < inner; k++) {
        out[i] += (double) a[i / columns * inner + k] * b[i % columns * inner + k];
      }
    }
    return out;
  }

  /// Codes of a row are a stream of bits, the lowest first.
  static float[] dequantized(int[] words, float[] scales, float[] biases, Quantization q) {
    float[] out = new float[scales.length * q.group()];
    for (int i = 0; i < out.length; i++) {
      long bit = (long) i * q.bits(); // rows end with a word
      int at = (int) (bit / 32);
      long pair = words[at] & 0xffffffffL;
      pair |= at + 1 < words.length ? (long) words[at + 1] << 32 : 0;
      long code = pair >>> bit % 32 & (1 << q.bits()) - 1;
      out[i] = (float) (code * (double) scales[i / q.group()] + biases[i / q.group()]);
    }
    return out;
  }

  static double[] softmax(float[] x, int width) {
    double[] out = new double[x.length];
    for (int row = 0; row < x.length; row += width) {
      double total = 0;
      for (int i = row; i < row + width; i++) {
        total += Math.exp(x[i]);
      }
      for (int i = row; i < row + width; i++) {
        out[i] = Math.exp(x[i]) / total;
      }
    }
    return out;
  }

  static double[] rmsNorm(float[] x, float[] weight, double epsilon) {
    double[] out = new double[x.length];
    int width = weight.length;
    for (int row = 0; row < x.length; row += width) {
      double squares = 0;
      for (int i = row; i < row + width; i++) {
        squares += (double) x[i] * x[i];
      }
      for (int i = row; i < row + width; i++) {
        out[i] = x[i] / Math.sqrt(squares / width + epsilon) * weight[i - row];
      }
    }
    return out;
  }

  /// Pairs are halves of a head's width apart. `x BHLE`, the same offset for all rows.
  static double[] rope(float[] x, int length, float[] radians, int offset) {
    double[] out = new double[x.length];
    int half = radians.length;
    for (int i = 0; i < x.length; i++) {
      int e = i % (2 * half);
      double angle = (i / (2 * half) % length + offset) * (double) radians[e % half];
      double other = e < half ? -x[i + half] : x[i - half];
      out[i] = x[i] * Math.cos(angle) + other * Math.sin(angle);
    }
    return out;
  }

  /// @param heads of the queries
  /// @param sharing of them read the same keys
  record Sizes(int batch, int heads, int sharing, int queries, int keys, int width) {}

  static double[] attention(
      float[] q, float[] k, float[] v, Sizes n, int[] bounds, double scale, Mask mask) {
    double[] out = new double[q.length];
    for (int row = 0; row < n.batch * n.heads * n.queries; row++) {
      int keyHead = row / n.queries / n.sharing;
      int bound = bounds[row / n.queries / n.heads];
      double total = 0;
      for (long key = mask.from(bound, row % n.queries);
          key < mask.to(bound, row % n.queries, n.keys);
          key++) {
        int at = (int) (keyHead * n.keys + key) * n.width;
        double score = 0;
        for (int e = 0; e < n.width; e++) {
          score += (double) q[row * n.width + e] * k[at + e];
        }
        double weight = Math.exp(scale * score);
        total += weight;
        for (int e = 0; e < n.width; e++) {
          out[row * n.width + e] += weight * v[at + e];
        }
      }
      for (int e = 0; e < n.width; e++) {
        out[row * n.width + e] /= total;
      }
    }
    return out;
  }
}
