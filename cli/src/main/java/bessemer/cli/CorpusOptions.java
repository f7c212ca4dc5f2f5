package bessemer.cli;

import bessemer.contracts.EvalSpec;
import bessemer.foundry.evaluate.CorpusReader;
import bessemer.foundry.evaluate.LanguagePair;
import bessemer.foundry.evaluate.ParallelText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// A corpus: what is to be translated, and what it should say.
final class CorpusOptions {
  @Option(
      names = "--src",
      paramLabel = "FILE",
      description = "Texts to translate, one a line; UTF-8, also .gz.")
  private @Nullable Path source;

  @Option(
      names = "--ref",
      arity = "1..*",
      paramLabel = "FILE",
      description = "What they should say; several files for several references of each line.")
  private List<Path> references = List.of();

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      description = {
        "One file instead: .tsv or .jsonl with the columns source, reference and perhaps from, to."
      })
  private @Nullable Path table;

  @Mixin private final ColumnOptions columns = new ColumnOptions();

  @Option(
      names = "--from",
      paramLabel = "LANGUAGE",
      description = "Language of the texts, by code or name, where lines do not say it.")
  private @Nullable String from;

  @Option(names = "--to", paramLabel = "LANGUAGE", description = "Language to translate to.")
  private @Nullable String to;

  ParallelText read() throws IOException {
    check();
    return table == null
        ? CorpusReader.plain(source(), references, new LanguagePair(given(from), given(to)))
        : CorpusReader.table(table, columns.chosen(), from, to);
  }

  private void check() {
    boolean plain = source != null && !references.isEmpty();
    if (table == null ? !plain : source != null || !references.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "say what to translate: --src FILE --ref FILE, or --corpus FILE alone");
    }
    if (table == null && (from == null || to == null)) {
      throw new CommandException(Exit.USAGE, "say the languages: --from L --to L");
    }
  }

  private Path source() {
    return Path.of(given(source == null ? null : source.toString()));
  }

  private static String given(@Nullable String value) {
    return value == null ? "" : value;
  }

  /// All files that belong to it.
  List<Path> files() {
    List<Path> files = new ArrayList<>(references);
    files.addFirst(table == null ? source() : table);
    return files;
  }

  /// The same for the services.
  ///
  /// @param id of the source that these files were registered as
  EvalSpec.CorpusFiles spec(String id) {
    check();
    return new EvalSpec.CorpusFiles(
        id,
        table == null ? name(source()) : null,
        references.stream().map(CorpusOptions::name).toList(),
        table == null ? null : name(table),
        table == null ? null : columns.spec(),
        from,
        to);
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }
}
