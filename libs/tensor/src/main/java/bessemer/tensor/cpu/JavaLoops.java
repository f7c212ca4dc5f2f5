package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.cpu.Pointwise.Span;

/// Loops of the Vector API.
final class JavaLoops implements Loops {
  private static final float LARGEST_HALF = 65_504;
  private static final int PLAIN = 1 << 14;

  @Override
  public void add(Span span) {
    Elementwise.add(span);
  }

  @Override
  public void multiply(Span span) {
    Elementwise.multiply(span);
  }

  @Override
  public void relu(Span span) {
    Elementwise.relu(span);
  }

  @Override
  public void sigmoid(Span span) {
    Elementwise.sigmoid(span);
  }

  @Override
  public void silu(Span span) {
    Elementwise.silu(span);
  }

  @Override
  public void rms(long x, long weight, float epsilon, int width, long out) {
    Norms.rms(x, weight, epsilon, width, out);
  }

  @Override
  public void layer(long x, long weight, long bias, float epsilon, int width, long out) {
    Norms.layer(x, weight, bias, epsilon, width, out);
  }

  @Override
  public void turn(long x, long cosines, int pairs, boolean interleaved, long out) {
    Rotation.row(x, cosines, pairs, interleaved, out);
  }

  @Override
  public void widen(DType type, long from, long to, int count) {
    Half.toFloats(type, from, to, count);
  }

  @Override
  public void narrow(DType type, long from, long to, int count) {
    Half.fromFloats(type, from, to, count);
  }

  @Override
  public void narrowWithin(long from, long to, int count) {
    for (int i = 0; i < count; i++) {
      float within = Math.min(LARGEST_HALF, Raw.get(from + 4L * i));
      Raw.putShort(to + 2L * i, Float.floatToFloat16(Math.max(-LARGEST_HALF, within)));
    }
  }

  /// Few without vectors, which are not compiled yet when single rows are looked up.
  @Override
  public void unpack(Matrix.Packed m, long first, long last, long out, Scratch own) {
    int inner = m.inner();
    boolean few = (last - first) * inner <= PLAIN;
    long scratch = few ? 0 : own.take(Codes.scratchBytes(m, inner));
    for (long row = first; row < last; row++, out += 4L * inner) {
      if (few) {
        Codes.plainRow(m, row, out);
      } else {
        Codes.row(m, row, 0, inner, out, scratch);
      }
    }
  }

  @Override
  public void addTo(long row, long to, int count) {
    Elementwise.add(row, to, to, count);
  }

  /// One by one: until vectors are compiled they are slower than that by far.
  @Override
  public int above(long x, int i, int width, float least) {
    int at = i;
    while (at < width && !(Raw.get(x + 4L * at) > least)) {
      at++;
    }
    return at;
  }

  @Override
  public double exponentials(long x, int width, float top) {
    return Logits.total(x, top, width);
  }
}
