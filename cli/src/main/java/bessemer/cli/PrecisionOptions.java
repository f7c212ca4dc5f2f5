package bessemer.cli;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.InvalidFieldException;
import bessemer.foundry.convert.Precision;
import bessemer.foundry.convert.Recipe;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which numbers a conversion writes.
final class PrecisionOptions {
  private static final Map<String, String> OPTIONS =
      Map.of(
          "spec.dtype", "--dtype",
          "spec.bits", "-q",
          "spec.group_size", "--group-size",
          "spec.recipe", "--recipe",
          "spec.name", "--name",
          "spec.reference", "--reference",
          "spec.source", "SOURCE");

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "fp32, bf16 or fp16; int8: weights with a scale for each row.")
  private String dtype = "";

  @Option(names = "-q", paramLabel = "BITS", description = "Quantize to 2, 3, 4, 5, 6 or 8 bits.")
  private int bits;

  @Option(
      names = "--group-size",
      paramLabel = "N",
      description = "Weights that share a scale: 32, 64 or 128. Default 64.")
  private @Nullable Integer groupSize;

  @Option(
      names = "--recipe",
      paramLabel = "RECIPE",
      description = "Mixed bits: mixed_2_6, mixed_3_4, mixed_3_6 or mixed_4_6.")
  private String recipe = "";

  @Mixin private final CalibrationOptions calibration = new CalibrationOptions();

  @Option(names = "--dequantize", description = "Turn a quantized model back.")
  private boolean dequantize;

  /// As the foundry takes it.
  ///
  /// @param calibrating finds steps of activations, where they are asked for
  Precision precision(Calibrating calibrating) throws IOException {
    requireOne();
    if (dtype.equals(ConvertSpec.INT8)) {
      return calibration.chosen()
          ? new Precision.Int8(new Precision.Keep(), calibrating.with(calibration))
          : Precision.int8();
    }
    Precision.Floats floats = dtype.isEmpty() ? new Precision.Keep() : Precision.full(dtype);
    if (bits != 0) {
      return new Precision.Affine(Recipe.uniform(bits, groupSize()), floats);
    }
    if (!recipe.isEmpty()) {
      return new Precision.Affine(Recipe.mixed(recipeName(), groupSize()), floats);
    }
    return dequantize ? new Precision.Dequantized(floats) : floats;
  }

  /// Refuses wrong options before anything is fetched.
  void check() throws IOException {
    calibration.method();
    precision(_ -> new Precision.Steps.Dynamic());
  }

  /// Runs the source with texts.
  interface Calibrating {
    Precision.Steps with(CalibrationOptions options) throws IOException;
  }

  /// As a job takes it.
  ///
  /// @param source the id of a source, or a commit of the hub
  /// @param reference the id of a reference or `auto`; null without one
  /// @throws CommandException naming the option that is wrong
  ConvertSpec spec(String source, String name, @Nullable String reference, boolean replace) {
    requireOne();
    if (calibration.chosen()) {
      throw new CommandException(
          Exit.USAGE, "--calibrate runs the model in this process: add --local");
    }
    try {
      return new ConvertSpec(
          source,
          name,
          "mlx",
          dtype.isEmpty() ? null : dtype,
          bits == 0 ? null : (Integer) bits,
          groupSize(),
          recipe.isEmpty() ? null : recipeName(),
          dequantize,
          reference,
          replace);
    } catch (InvalidFieldException e) {
      throw new CommandException(
          Exit.USAGE, OPTIONS.getOrDefault(e.field(), e.field()) + ": " + e.reason());
    }
  }

  private int groupSize() {
    return groupSize == null ? 64 : groupSize;
  }

  private String recipeName() {
    return recipe.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  private void requireOne() {
    List<Boolean> choices = List.of(bits != 0, !recipe.isEmpty(), dequantize);
    if (choices.stream().filter(chosen -> chosen).count() > 1) {
      throw new CommandException(Exit.USAGE, "choose one of -q, --recipe and --dequantize");
    }
    if (groupSize != null && bits == 0 && recipe.isEmpty()) {
      throw new CommandException(Exit.USAGE, "--group-size goes with -q or --recipe");
    }
    if (dtype.equals(ConvertSpec.INT8) && choices.contains(true)) {
      throw new CommandException(
          Exit.USAGE, "--dtype int8 goes without -q, --recipe and --dequantize");
    }
    if (calibration.detailed() && !calibration.chosen()) {
      throw new CommandException(
          Exit.USAGE, "--calibration, --from and --to go with --calibrate FILE");
    }
    if (calibration.chosen() && !dtype.equals(ConvertSpec.INT8)) {
      throw new CommandException(Exit.USAGE, "--calibrate is for --dtype int8");
    }
  }
}
