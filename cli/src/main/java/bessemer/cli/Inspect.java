package bessemer.cli;

import bessemer.foundry.convert.Inspection;
import bessemer.foundry.convert.Inspector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Says what a checkpoint holds, from its configuration and headers alone.")
final class Inspect implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "PATH", description = "A directory with config.json and weights.")
  private Path path = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  Inspect(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new CommandException(
          Exit.NOT_FOUND, path + " is a file: name the directory of a checkpoint");
    }
    Inspection found = Inspector.inspect(path);
    if (json) {
      console.out().println(Json.of(found));
    } else {
      console.out().print(table(found));
      found.warnings().forEach(warning -> console.note("note: " + warning));
    }
    return Exit.OK.code();
  }

  private static String table(Inspection found) {
    String types =
        found.types().entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining(", "));
    return new Table()
        .row("architecture", found.modelType() + ", " + found.layers() + " layers")
        .row("format", found.format() + ", " + String.join(", ", found.files()))
        .row(
            "parameters", "%s (%,d)".formatted(Sizes.count(found.parameters()), found.parameters()))
        .row("tensors", found.tensors() + ": " + types)
        .row("weights", Sizes.bytes(found.bytes()) + " ")
        .row("quantization", found.quantization())
        .row("output layer", found.tiedEmbeddings() ? "tied to the embedding" : "of its own")
        .row("beside them", String.join(", ", found.sideFiles()))
        .toString();
  }
}
