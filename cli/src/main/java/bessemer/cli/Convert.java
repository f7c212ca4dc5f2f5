package bessemer.cli;

import bessemer.foundry.convert.CheckReport;
import bessemer.foundry.convert.Conversion;
import bessemer.foundry.convert.ConversionSpec;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.convert.Limits;
import bessemer.foundry.convert.Precision;
import bessemer.foundry.convert.Recipe;
import bessemer.foundry.parity.Parity;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.tensor.cpu.Cpu;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = "Turns a PyTorch checkpoint into an MLX model that mlx-lm loads, and proves it.")
final class Convert implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "SOURCE", description = "A directory, or hf:org/name[@revision].")
  private String source = "";

  @Option(names = "--out", paramLabel = "DIR", description = "The directory to create.")
  private @Nullable Path out;

  @Option(names = "--name", paramLabel = "NAME", description = "Or a name for `list models`.")
  private String name = "";

  @Option(names = "--dtype", paramLabel = "TYPE", description = "fp32, bf16 or fp16.")
  private String dtype = "";

  @Option(names = "-q", paramLabel = "BITS", description = "Quantize to 2, 3, 4, 5, 6 or 8 bits.")
  private int bits;

  @Option(
      names = "--group-size",
      paramLabel = "N",
      description = "Weights that share a scale: 32, 64 or 128. Default ${DEFAULT-VALUE}.")
  private int groupSize = 64;

  @Option(
      names = "--recipe",
      paramLabel = "RECIPE",
      description = "Mixed bits: mixed_2_6, mixed_3_4, mixed_3_6 or mixed_4_6.")
  private String recipe = "";

  @Option(names = "--dequantize", description = "Turn a quantized model back.")
  private boolean dequantize;

  @Option(
      names = "--reference",
      paramLabel = "PACK",
      description = "What PyTorch computed: a pack, or auto to record one here.")
  private String reference = "";

  @Option(names = "--replace", description = "Let an existing result give way.")
  private boolean replace;

  @Mixin private final Threads threads = new Threads();
  @Mixin private final Local local = new Local();

  @Option(names = "--json", description = "Print the parity report as JSON.")
  private boolean json;

  Convert(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    local.require();
    Precision precision = precision();
    References.check(reference);
    Path output = output();
    ParityReport report;
    try (var progress = new ProgressLine(console, System::nanoTime)) {
      Sources found = Sources.resolve(source, home, progress);
      var limits =
          new Limits(
              Limits.standard().shardBytes(), Limits.standard().tileElements(), threads.count());
      var spec =
          new ConversionSpec(found.directory(), output, precision, found.origin(), limits, replace);
      report = convert(spec, progress);
    }
    new Reports(console).print(report, json);
    console.note("model: " + output);
    return Reports.exit(report).code();
  }

  /// Runs the steps and leaves the report beside the weights.
  private ParityReport convert(ConversionSpec spec, ProgressLine progress)
      throws IOException, InterruptedException {
    try (Conversion conversion = Conversion.open(spec, Disk.real(), progress)) {
      conversion.convertShards();
      Path model = conversion.assemble();
      CheckReport check = conversion.check();
      progress.step("verify");
      ParityReport report =
          new Parity(
                  String.valueOf(spec.output().getFileName()),
                  model,
                  References.resolve(reference, spec.source(), home, console),
                  ParityReport.OutputCheck.of(check))
              .verify(() -> Cpu.engine(threads.count()), _ -> {});
      ReportFile.write(report, model);
      conversion.settle(report.verdict().state());
      return report;
    }
  }

  private Precision precision() {
    Precision.Floats floats = dtype.isEmpty() ? new Precision.Keep() : Precision.full(dtype);
    List<Boolean> choices = List.of(bits != 0, !recipe.isEmpty(), dequantize);
    if (choices.stream().filter(chosen -> chosen).count() > 1) {
      throw new CommandException(Exit.USAGE, "choose one of -q, --recipe and --dequantize");
    }
    if (bits != 0) {
      return new Precision.Affine(Recipe.uniform(bits, groupSize), floats);
    }
    if (!recipe.isEmpty()) {
      String name = recipe.toLowerCase(Locale.ROOT).replace('-', '_');
      return new Precision.Affine(Recipe.mixed(name, groupSize), floats);
    }
    return dequantize ? new Precision.Dequantized(floats) : floats;
  }

  private Path output() throws IOException {
    if ((out == null) == name.isEmpty()) {
      throw new CommandException(Exit.USAGE, "say where to: --out DIR or --name NAME");
    }
    if (out != null) {
      return out;
    }
    return ModelArgument.named(name, home);
  }
}
