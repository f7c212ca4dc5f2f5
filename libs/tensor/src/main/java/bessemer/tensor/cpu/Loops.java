package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.cpu.Pointwise.Span;

/// What lies between products in every layer of a model: loops over elements and over rows.
interface Loops {
  void add(Span span);

  void multiply(Span span);

  void relu(Span span);

  void sigmoid(Span span);

  void silu(Span span);

  /// A row over the root of the mean of its squares, times weights.
  void rms(long x, long weight, float epsilon, int width, long out);

  /// A row less its mean over its deviation, times weights, plus biases.
  void layer(long x, long weight, long bias, float epsilon, int width, long out);

  /// Turns a row of `2 * pairs` floats by angles whose sines lie behind the cosines.
  void turn(long x, long cosines, int pairs, boolean interleaved, long out);

  /// Neighbours of 16 bits to floats.
  void widen(DType type, long from, long to, int count);

  /// Floats to neighbours of 16 bits, rounded to the nearest.
  void narrow(DType type, long from, long to, int count);

  /// The same to fp16, with what is too large as the largest.
  void narrowWithin(long from, long to, int count);

  /// Rows of quantized weights as floats.
  void unpack(Matrix.Packed m, long first, long last, long out, Scratch own);

  /// Adds a row to another.
  void addTo(long row, long to, int count);

  /// The first place from `i` on where a row has more than `least`; its `width` if there is none.
  int above(long x, int i, int width, float least);

  /// The sum of `e^(x - top)` over a row.
  double exponentials(long x, int width, float top);
}
