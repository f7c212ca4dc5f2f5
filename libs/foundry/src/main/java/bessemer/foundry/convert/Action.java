package bessemer.foundry.convert;

import bessemer.tensor.Quantization;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/// What happens to a tensor on its way.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "do")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Action.Copy.class, name = "copy"),
  @JsonSubTypes.Type(value = Action.Cast.class, name = "cast"),
  @JsonSubTypes.Type(value = Action.Quantize.class, name = "quantize"),
  @JsonSubTypes.Type(value = Action.Int8.class, name = "int8"),
  @JsonSubTypes.Type(value = Action.Dequantize.class, name = "dequantize")
})
public sealed interface Action {
  /// Byte for byte.
  record Copy() implements Action {}

  /// To another floating point type, rounded to nearest, ties to even.
  record Cast() implements Action {}

  /// To three tensors: `weight`, `scales` and `biases`.
  record Quantize(Quantization quantization) implements Action {}

  /// To codes of int8 and a `scales` for each row.
  ///
  /// @param step of activations, written as `input_scale`; 0 where each row has its own
  record Int8(float step) implements Action {}

  /// From the three of [Quantize] to one.
  record Dequantize(Quantization quantization) implements Action {}
}
