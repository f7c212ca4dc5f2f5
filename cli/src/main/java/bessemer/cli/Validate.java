package bessemer.cli;

import bessemer.foundry.convert.Lineage;
import bessemer.foundry.parity.Parity;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.tensor.backends.EngineChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "validate",
    mixinStandardHelpOptions = true,
    description = "Compares a model, component by component, with what PyTorch computed.")
final class Validate implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(
      names = "--reference",
      required = true,
      paramLabel = "PACK",
      description = "What PyTorch computed: made by tools/reference/record.py.")
  private Path reference = Path.of("");

  @Mixin private final Computing computing = new Computing();
  @Mixin private final Local local = new Local();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  Validate(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    local.require("validate", model);
    EngineChoice engines = computing.exact();
    Path directory = ModelArgument.resolve(model, home);
    var found = References.resolve(reference.toString(), directory, home, console);
    String name = String.valueOf(directory.toRealPath().getFileName());
    ParityReport report =
        new Parity(name, directory, found, null)
            .verify(engines::engine, step -> console.note("  " + step));
    if (Files.exists(directory.resolve(Lineage.FILE))) { // ours: the verdict is recorded
      ReportFile.write(report, directory);
      Lineage.settle(directory, report.verdict().state());
    }
    new Reports(console).print(report, json);
    return Reports.exit(report).code();
  }
}
