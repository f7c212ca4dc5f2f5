package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Turns a source into a model of the catalogue.
///
/// @param source the id of a registered source, or `hf:org/name@` and 40 hexadecimal digits
/// @param name of the model to make
/// @param to the format; `mlx`
/// @param dtype `fp32`, `bf16` or `fp16`; `int8` for codes with a scale for each row; null keeps
///   each tensor's own
/// @param bits quantize to 2, 3, 4, 5, 6 or 8 bits; null does not
/// @param groupSize weights that share a scale: 32, 64 or 128
/// @param recipe mixed bits instead, such as `mixed_3_6`
/// @param dequantize turn a quantized source back
/// @param reference the id of a registered reference pack, `auto` to record one, null for none
/// @param replace whether an existing model of that name gives way
public record ConvertSpec(
    String source,
    String name,
    String to,
    @Nullable String dtype,
    @Nullable Integer bits,
    @JsonProperty("group_size") int groupSize,
    @Nullable String recipe,
    boolean dequantize,
    @Nullable String reference,
    boolean replace)
    implements JobSpec {
  public static final String KIND = "convert";

  /// The type of weights that is a quantization.
  public static final String INT8 = "int8";

  private static final Pattern SOURCE =
      Pattern.compile(
          "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
              + "|hf:[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?@[0-9a-f]{40}");
  private static final Pattern REFERENCE =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|auto");

  /// @throws InvalidFieldException naming the first field that is wrong
  public ConvertSpec {
    source = required("spec.source", source);
    name = Names.model("spec.name", required("spec.name", name));
    to = to == null ? "mlx" : to;
    groupSize = groupSize == 0 ? 64 : groupSize;
    if (!SOURCE.matcher(source).matches()) {
      throw new InvalidFieldException(
          "spec.source",
          "'%s' must be the id of a registered source or hf:org/name@ and 40 hexadecimal digits"
              .formatted(source));
    }
    if (reference != null && !REFERENCE.matcher(reference).matches()) {
      throw new InvalidFieldException(
          "spec.reference", "'%s' must be the id of a reference or auto".formatted(reference));
    }
    oneOf("spec.to", to, Set.of("mlx"));
    oneOf("spec.dtype", dtype, Set.of("fp32", "bf16", "fp16", INT8));
    oneOf("spec.bits", bits, Set.of(2, 3, 4, 5, 6, 8));
    oneOf("spec.group_size", groupSize, Set.of(32, 64, 128));
    oneOf("spec.recipe", recipe, Set.of("mixed_2_6", "mixed_3_4", "mixed_3_6", "mixed_4_6"));
    if ((bits == null ? 0 : 1) + (recipe == null ? 0 : 1) + (dequantize ? 1 : 0) > 1) {
      throw new InvalidFieldException("spec", "choose one of bits, recipe and dequantize");
    }
    if (INT8.equals(dtype) && (bits != null || recipe != null || dequantize)) {
      throw new InvalidFieldException(
          "spec.dtype", "int8 goes without bits, recipe and dequantize");
    }
  }

  private static String required(String field, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new InvalidFieldException(field, "is missing");
    }
    return value;
  }

  private static <T> void oneOf(String field, @Nullable T value, Set<T> allowed) {
    if (value != null && !allowed.contains(value)) {
      throw new InvalidFieldException(
          field,
          "'%s' must be one of %s"
              .formatted(
                  value,
                  String.join(", ", allowed.stream().map(String::valueOf).sorted().toList())));
    }
  }
}
