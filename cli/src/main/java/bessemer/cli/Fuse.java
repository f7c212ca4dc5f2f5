package bessemer.cli;

import bessemer.foundry.convert.Fusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "fuse",
    mixinStandardHelpOptions = true,
    description = {
      "Makes one model of a model and its low-rank adapters.",
      "A quantized model stays quantized, with the same bits and groups, unless it is turned back."
    })
final class Fuse implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A directory or a model's name.")
  private String model = "";

  @Parameters(index = "1", paramLabel = "ADAPTER", description = "The directory of the adapters.")
  private Path adapter = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The directory to create.")
  private Path out = Path.of("");

  @Option(names = "--dequantize", description = "Turn a quantized model back.")
  private boolean dequantize;

  @Option(names = "--replace", description = "Let an existing result give way.")
  private boolean replace;

  @Mixin private final Local local = new Local();

  Fuse(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    local.require("fuse", model);
    Path directory = ModelArgument.resolve(model, home);
    if (!Files.isDirectory(adapter)) {
      throw new CommandException(Exit.NOT_FOUND, "there are no adapters " + adapter);
    }
    try (var progress = new ProgressLine(console, System::nanoTime)) {
      Fusion.fuse(new Fusion.Request(directory, adapter, out, dequantize, replace), progress);
    }
    console.note("model: " + out);
    return Exit.OK.code();
  }
}
