package bessemer.foundry.convert;

import bessemer.checkpoint.StoredType;
import bessemer.foundry.BadRequestException;
import bessemer.tensor.DType;
import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/// How the numbers of the result are stored.
public sealed interface Precision {

  /// The type of those numbers that stay floating point.
  sealed interface Floats extends Precision {
    /// What a tensor stored as `type` becomes.
    StoredType of(StoredType type);
  }

  /// Each tensor as it is in the source.
  record Keep() implements Floats {
    @Override
    public StoredType of(StoredType type) {
      return type;
    }
  }

  /// All of one type: 32, 16 or brain 16 bit.
  record Full(DType dtype) implements Floats {
    public Full {
      if (!dtype.isFloat()) {
        throw new IllegalArgumentException("no type of weights: " + dtype);
      }
    }

    @Override
    public StoredType of(StoredType type) {
      return StoredType.valueOf(dtype.name());
    }
  }

  /// Weights of linears and embeddings in MLX's affine quantization; everything else, scales and
  /// biases are of type `floats`, to which weights are rounded before they are quantized.
  record Affine(Recipe recipe, Floats floats) implements Precision {}

  /// Weights of linears and embeddings as int8 with one scale a row; everything else is of type
  /// `floats`.
  record Int8(Floats floats, Steps steps) implements Precision {}

  /// How activations are rounded where weights are int8.
  sealed interface Steps {
    /// Each row with its own step, its largest magnitude / 127.
    record Dynamic() implements Steps {}

    /// With steps that were found beforehand.
    ///
    /// @param method and texts that they were found with, for people
    /// @param of the input of each linear, by its path
    record Calibrated(String method, SortedMap<String, Float> of) implements Steps {
      public Calibrated {
        of = Collections.unmodifiableSortedMap(new TreeMap<>(of));
      }
    }
  }

  /// A quantized source turned back into floating point.
  record Dequantized(Floats floats) implements Precision {}

  /// Weights as int8, everything else as in the source, activations rounded row by row.
  static Int8 int8() {
    return new Int8(new Keep(), new Steps.Dynamic());
  }

  /// The type with this name, in transformers' or this project's spelling: `float32` or `fp32`,
  /// `float16` or `fp16`, `bfloat16` or `bf16`.
  static Full full(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "float32", "fp32", "f32" -> new Full(DType.F32);
      case "float16", "fp16", "f16" -> new Full(DType.F16);
      case "bfloat16", "bf16" -> new Full(DType.BF16);
      default ->
          throw new BadRequestException(
              "type of weights \"" + name + "\": choose fp32, bf16, fp16 or int8");
    };
  }
}
