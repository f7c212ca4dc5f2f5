package bessemer.cli;

import bessemer.checkpoint.text.UnknownLanguageException;
import bessemer.foundry.compare.Candidate;
import bessemer.foundry.compare.CompareReport;
import bessemer.foundry.compare.ModelComparison;
import bessemer.foundry.compare.SampleTexts;
import bessemer.foundry.score.TextLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Puts models beside each other: size, load time, speed, memory, predictions.",
      "Predictions are compared with those of the first model; translators also by BLEU and chrF.",
      "Runs in this process: name directories, or add --local for models of `list --local`."
    })
final class Compare implements Callable<Integer> {
  private static final String FILE = "quantization_results.json";

  private final Console console;
  private final Home home;

  @Parameters(
      arity = "1..*",
      paramLabel = "MODEL",
      description = "Directories or names of models; the first is the reference.")
  private List<String> models = List.of();

  @Option(
      names = "--reference",
      paramLabel = "MODEL",
      description = "Compare with this one instead of the first.")
  private String reference = "";

  @Option(
      names = "--texts",
      paramLabel = "FILE",
      description = "Texts to predict, one a line; a dozen English sentences otherwise.")
  private @Nullable Path texts;

  @Option(
      names = "--from",
      paramLabel = "LANGUAGE",
      description = "Of the texts, for translators; English otherwise.")
  private String from = "";

  @Option(
      names = "--to",
      paramLabel = "LANGUAGE",
      description = "To translate to; French otherwise.")
  private String to = "";

  @Option(names = "--src", paramLabel = "FILE", description = "Lines to translate and score.")
  private @Nullable Path source;

  @Option(
      names = "--ref",
      arity = "1..*",
      paramLabel = "FILE",
      description = "What they should say; several files for several references.")
  private List<Path> references = List.of();

  @Option(
      names = "--beams",
      paramLabel = "N",
      description = "Of the translations that are scored. Default ${DEFAULT-VALUE}.")
  private int beams = 1;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Lines translated together. Default ${DEFAULT-VALUE}.")
  private int batch = 8;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens that decoding is timed over. Default ${DEFAULT-VALUE}.")
  private int tokens = 64;

  @Mixin private final ScoreOptions scores = new ScoreOptions();
  @Mixin private final Computing computing = new Computing();
  @Mixin private final Local local = new Local();

  @Option(names = "--out", paramLabel = "DIR", description = "Also write " + FILE + " there.")
  private @Nullable Path out;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  Compare(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    Destination.requireDirectory(out);
    var order = new ModelComparison.Order(models(), texts(), tokens, lines());
    var choice = computing.choice();
    var setup = new Candidate.Setup(choice::engine, computing.cache(), home.cache(), from, to);
    CompareReport report;
    try {
      report =
          new ModelComparison(
                  setup, computing.threads(), System::nanoTime, what -> console.note(what + " ..."))
              .run(order);
    } catch (UnknownLanguageException e) {
      throw new CommandException(Exit.USAGE, e.getMessage() + " (--from, --to)");
    }
    if (out != null) {
      Files.createDirectories(out);
      Files.writeString(out.resolve(FILE), Json.of(report) + "\n");
      console.note("written: " + out.resolve(FILE));
    }
    console.out().print(json ? Json.of(report) + "\n" : CompareTable.of(report));
    return Exit.OK.code();
  }

  private List<ModelComparison.Model> models() {
    List<String> names = new ArrayList<>(models);
    if (!reference.isEmpty()) {
      names.remove(reference);
      names.addFirst(reference);
    }
    return names.stream().map(this::model).toList();
  }

  private ModelComparison.Model model(String name) {
    local.require("compare", name);
    return new ModelComparison.Model(name, ModelArgument.resolve(name, home));
  }

  private List<String> texts() throws IOException {
    return texts == null ? SampleTexts.all() : TextLines.read(texts);
  }

  private Optional<ModelComparison.Lines> lines() throws IOException {
    if ((source == null) != references.isEmpty()) {
      throw new CommandException(Exit.USAGE, "--src and --ref go together");
    }
    if (source == null) {
      return Optional.empty();
    }
    List<String> lines = TextLines.read(source);
    List<List<String>> all = new ArrayList<>();
    for (Path file : references) {
      List<String> read = TextLines.read(file);
      if (read.size() != lines.size()) {
        throw new CommandException(
            Exit.USAGE,
            "%s has %d lines and %s %d: they must be as many"
                .formatted(source, lines.size(), file, read.size()));
      }
      all.add(read);
    }
    return Optional.of(new ModelComparison.Lines(lines, all, scores.chosen(false), beams, batch));
  }
}
