package bessemer.tensor.cpu;

import bessemer.tensor.Quantization;
import org.jspecify.annotations.Nullable;

/// Rounds rows of activations to int8 group by group, for products with quantized weights.
///
/// The step of a group is `max|x| / 127`, a code `round(x / step)`. A group of zeros has step 0.
interface Rounding {
  /// Whether so many rows are multiplied here with weights of this form; else the product is exact.
  boolean takes(Quantization q, int inner, int rows);

  /// The same for weights of int8 with one scale a row.
  Int8Rounding int8();

  /// The same for weights of bf16; null where such products are exact.
  @Nullable NativeBf16 bf16();

  /// Rows of floats `[rows, inner]` at `x`, rounded; good until the device gives back its blocks.
  Rounded round(Device device, long x, int rows, int inner, Quantization q);
}
