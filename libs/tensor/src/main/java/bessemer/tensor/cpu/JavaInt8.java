package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;
import static bessemer.tensor.cpu.Raw.WIDTH;

/// Rounding of rows with one step each for kernels of the Vector API. Its memory is that of one
/// product at a time.
final class JavaInt8 implements Int8Rounding {
  /// Of more rows the product of floats is faster.
  private static final int MOST_ROWS = 40;

  /// Below this a step would have no inverse; such activations count as zero.
  private static final float SMALLEST = 1e-30f;

  private short[] codes = {};
  private float[] steps = {};

  @Override
  public boolean takes(int inner, int rows) {
    return rows <= MOST_ROWS && inner % WIDTH == 0 && inner <= MOST_INNER;
  }

  @Override
  public Int8Rows round(Device device, DenseRows.Rows x, float step) {
    int inner = x.inner();
    if (codes.length < x.count() * inner) {
      codes = new short[x.count() * inner];
    }
    if (steps.length < x.count()) {
      steps = new float[x.count()];
    }
    short[] to = codes;
    float[] found = steps;
    device.each(
        x.count(),
        8L * inner,
        (first, last, _) -> {
          for (int row = (int) first; row < last; row++) {
            found[row] = row(x.at() + row * x.step(), inner, step, to, row * inner);
          }
        });
    return new Rows(to, found, x.count());
  }

  /// Writes the codes of a row, the even ones of each vector of bytes before the odd ones; gives
  /// its step, not a number where the row has something that is not finite.
  private static float row(long x, int inner, float calibrated, short[] to, int at) {
    float most = Int8Loops.most(x, inner);
    float step = calibrated;
    float inverse = 1 / calibrated;
    if (calibrated == 0) {
      step = most < SMALLEST ? 0 : most / 127;
      inverse = most < SMALLEST ? 0 : 127 / most;
    }
    for (int i = 0; i < inner; i += WIDTH) {
      for (int k = 0; k < 2 * LANES; k++) {
        to[at + i + k] = code(Raw.get(x + 4L * (i + 2 * k)) * inverse);
        to[at + i + 2 * LANES + k] = code(Raw.get(x + 4L * (i + 2 * k + 1)) * inverse);
      }
    }
    return Float.isFinite(most) ? step : Float.NaN;
  }

  private static short code(float scaled) {
    return (short) Math.clamp((int) Math.rint(scaled), -127, 127);
  }

  /// @param codes of all rows
  private record Rows(short[] codes, float[] steps, int count) implements Int8Rows {
    @Override
    public void columns(Matrix.Int8 m, Gemm.Result out, long first, long last, Scratch own) {
      int vectors = m.inner() / WIDTH;
      for (long column = first; column < last; column++) {
        long weights = m.row(column);
        float scale = m.scale(column);
        for (int row = 0; row < count; row++) {
          int sum = Int8Loops.dot(weights, codes, row * m.inner(), vectors);
          Raw.put(out.at(row, column), sum * (steps[row] * scale));
        }
      }
    }
  }
}
