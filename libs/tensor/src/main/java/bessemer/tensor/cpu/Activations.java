package bessemer.tensor.cpu;

/// How activations meet quantized weights.
public enum Activations {
  /// As floats.
  FLOAT32,

  /// Rounded to 8 bits, group by group; the rounding is the only difference.
  INT8
}
