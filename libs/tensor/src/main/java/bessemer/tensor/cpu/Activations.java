package bessemer.tensor.cpu;

/// How activations meet quantized weights, and those of bf16.
public enum Activations {
  /// As floats.
  FLOAT32,

  /// Rounded to 8 bits, group by group; the rounding is the only difference. Many rows of them meet
  /// weights of bf16, where the processor has AMX, as two numbers of bf16 each, which leave out at
  /// most 2^-17 of a float.
  INT8
}
