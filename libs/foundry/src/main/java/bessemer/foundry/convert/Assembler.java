package bessemer.foundry.convert;

import bessemer.checkpoint.IndexFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Writes what belongs beside the weights.
final class Assembler {
  private static final String INDEX = "model.safetensors.index.json";

  private final SourceModel source;
  private final ConversionSpec spec;
  private final Plan plan;

  Assembler(SourceModel source, ConversionSpec spec, Plan plan) {
    this.source = source;
    this.spec = spec;
    this.plan = plan;
  }

  void assemble(Path model, Manifest manifest) throws IOException {
    JsonFiles.write(model.resolve("config.json"), MlxConfig.of(source, plan, spec.precision()));
    Files.deleteIfExists(model.resolve(INDEX));
    IndexFile.write(
        model.resolve(INDEX),
        plan.shards().stream().map(ShardPlan::shard).toList(),
        plan.parameters());
    SideFiles.copy(source.directory(), model);
    String card = ModelCard.of(source.config(), spec);
    JsonFiles.write(model.resolve("README.md"), card.getBytes(StandardCharsets.UTF_8));
    JsonFiles.write(model.resolve(Lineage.FILE), lineage(manifest));
  }

  private Lineage lineage(Manifest manifest) {
    Map<String, String> written = new TreeMap<>();
    manifest.shards().forEach(done -> written.put(done.file(), done.sha256()));
    return new Lineage(
        "bessemer-model",
        1,
        Lineage.State.UNPROVEN,
        spec.origin().name(),
        spec.origin().revision(),
        spec.origin().sha256(),
        written,
        describe(spec.precision()),
        plan.version(),
        plan.dropped());
  }

  static String describe(Precision precision) {
    return switch (precision) {
      case Precision.Keep _ -> "as in the source";
      case Precision.Full(var dtype) -> dtype.name().toLowerCase(Locale.ROOT);
      case Precision.Dequantized(var floats) -> "dequantized, " + describe(floats);
      case Precision.Int8(var floats, Precision.Steps.Dynamic _) ->
          "int8, a scale for each row, activations rounded row by row; else " + describe(floats);
      case Precision.Int8(var floats, Precision.Steps.Calibrated(var method, _)) ->
          "int8, a scale for each row, calibrated activations (%s); else %s"
              .formatted(method, describe(floats));
      case Precision.Affine(Recipe.Uniform(var q), var floats) ->
          "affine, %d bits, groups of %d; else %s".formatted(q.bits(), q.group(), describe(floats));
      case Precision.Affine(Recipe.Mixed(var q, var high), var floats) ->
          "affine, %d and %d bits, groups of %d; else %s"
              .formatted(q.bits(), high.bits(), q.group(), describe(floats));
    };
  }
}
