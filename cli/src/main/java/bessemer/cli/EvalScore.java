package bessemer.cli;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.evaluate.CorpusReader;
import bessemer.foundry.evaluate.CorpusReader.Scored;
import bessemer.foundry.evaluate.EvaluationHtml;
import bessemer.foundry.evaluate.Judgement;
import bessemer.foundry.evaluate.LearnedMetric;
import bessemer.foundry.evaluate.Scoring;
import bessemer.foundry.evaluate.SystemOutput;
import bessemer.foundry.score.Corpus;
import bessemer.foundry.score.Metric;
import bessemer.foundry.score.Resampling;
import bessemer.foundry.score.Result;
import bessemer.foundry.score.Score;
import bessemer.foundry.score.Significance;
import bessemer.foundry.score.Significance.Comparison;
import bessemer.foundry.score.TextLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "score",
    mixinStandardHelpOptions = true,
    description = {
      "Scores translations against references, in this process.",
      "Scores, signatures, intervals and p-values are those of sacrebleu 2.6."
    })
final class EvalScore implements Callable<Integer> {
  /// From so many on it is no coincidence; sacrebleu's number.
  private static final int MANY_SPACED_STOPS = 100;

  private final Console console;

  @Option(
      names = "--hyp",
      paramLabel = "FILE",
      description = "Translations, one a line; UTF-8, also .gz.")
  private @Nullable Path hypotheses;

  @Option(
      names = "--ref",
      arity = "1..*",
      paramLabel = "FILE",
      description = "What they should say; several files for several references of each line.")
  private List<Path> references = List.of();

  @Option(
      names = "--src",
      paramLabel = "FILE",
      description = "What was translated, for the report alone.")
  private @Nullable Path source;

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      description = {
        "One file instead: .tsv or .jsonl with the columns hypothesis, reference, perhaps source."
      })
  private @Nullable Path table;

  @Mixin private final ColumnOptions columns = new ColumnOptions();
  @Mixin private final ScoreOptions options = new ScoreOptions();

  @Option(
      names = "--confidence",
      description = "95 % confidence intervals by bootstrap resampling.")
  private boolean confidence;

  @Option(
      names = "--baseline",
      paramLabel = "FILE",
      description = "Another system's translations: tests whether the two differ by chance.")
  private @Nullable Path baseline;

  @Option(
      names = "--significance",
      paramLabel = "TEST",
      defaultValue = "bootstrap",
      description = "With --baseline: bootstrap or randomization. Default ${DEFAULT-VALUE}.")
  private Significance significance = Significance.BOOTSTRAP;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "How often to resample. Default 1000, for randomization 10000.")
  private int samples;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "" + Resampling.SEED,
      description = "Of the resampling. Default ${DEFAULT-VALUE}, as sacrebleu's.")
  private long seed;

  @Option(
      names = "--sentences",
      description = "Every line's scores, separated by tabs; BLEU with effective order.")
  private boolean sentences;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "1",
      description = "Decimals. Default ${DEFAULT-VALUE}.")
  private int width;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a report there: by length, with plots and the worst sentences.")
  private @Nullable Path html;

  @Option(names = "--force", description = "Do not warn of text that looks tokenized.")
  private boolean force;

  @Option(names = "--json", description = "Print JSON, numbers unrounded.")
  private boolean json;

  EvalScore(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    check();
    Destination.requireFile(html);
    List<Metric> metrics = options.chosen(sentences);
    Scored scored = scored();
    Corpus corpus = scored.corpus();
    List<String> others = baseline == null ? List.of() : read(baseline, corpus.lines());
    if (sentences) {
      sentences(metrics, corpus);
    } else if (baseline != null) {
      compare(metrics, corpus, corpus.with(others));
    } else {
      score(metrics, corpus);
    }
    if (html != null) {
      report(html, metrics, scored, others);
    }
    return Exit.OK.code();
  }

  private void check() {
    boolean plain = hypotheses != null && !references.isEmpty();
    boolean files = hypotheses != null || source != null || !references.isEmpty();
    if (table == null ? !plain : files) {
      throw new BadRequestException(
          "say what to score: --hyp FILE --ref FILE, or --corpus FILE alone");
    }
    if (sentences && (confidence || baseline != null || html != null)) {
      throw new BadRequestException(
          "--sentences scores single lines: leave out --confidence, --baseline and --html");
    }
    if (confidence && baseline != null) {
      throw new BadRequestException(
          "--baseline gives confidence intervals itself: leave out --confidence");
    }
    if (samples < 0 || samples == 1 || seed < 0 || width < 0 || width > 30) {
      throw new BadRequestException(
          "--samples must be at least 2, --seed not negative, --width from 0 to 30");
    }
  }

  /// What is scored: the file of translations, or the table that holds them.
  private Path subject() {
    return table != null ? table : hypotheses != null ? hypotheses : Path.of("");
  }

  private Scored scored() throws IOException {
    Scored scored = table != null ? CorpusReader.scored(table, columns.chosen()) : plain();
    long spaced = scored.hypotheses().stream().filter(line -> line.endsWith(" .")).count();
    if (spaced >= MANY_SPACED_STOPS && !force) {
      console.note(
          ("note: %d lines of %s end in \" .\": scores of tokenized text compare with no others;"
                  + " detokenize it, or say --force")
              .formatted(spaced, subject()));
    }
    return scored;
  }

  private Scored plain() throws IOException {
    List<String> lines = TextLines.read(subject());
    List<List<String>> all = new ArrayList<>();
    for (Path reference : references) {
      all.add(read(reference, lines.size()));
    }
    List<String> sources =
        source == null ? Collections.nCopies(lines.size(), "") : read(source, lines.size());
    return Scored.of(subject(), lines, sources, all);
  }

  private List<String> read(Path file, int lines) throws IOException {
    List<String> read = TextLines.read(file);
    CorpusReader.requireAsMany(subject(), lines, file, read.size());
    return read;
  }

  private void report(Path file, List<Metric> metrics, Scored scored, List<String> others)
      throws IOException {
    List<SystemOutput> systems = new ArrayList<>();
    if (baseline != null) {
      systems.add(new SystemOutput("baseline " + baseline, "", others, null));
    }
    systems.add(new SystemOutput(subject().toString(), "", scored.hypotheses(), null));
    boolean drawn = confidence || baseline != null;
    Significance test = baseline == null ? Significance.BOOTSTRAP : significance;
    int count = drawn ? resampling(test.usualCount()).count() : 0;
    var scoring = new Scoring(metrics, count, seed, test, Scoring.SENTENCES);
    var evaluation =
        Judgement.of(scored.text(), systems, scoring, LearnedMetric.notInstalled(null));
    Files.writeString(file, EvaluationHtml.of(evaluation));
    console.note("report: " + file);
  }

  private Resampling resampling(int usual) {
    return new Resampling(samples == 0 ? usual : samples, seed);
  }

  private void score(List<Metric> metrics, Corpus corpus) {
    int usual = Significance.BOOTSTRAP.usualCount();
    List<Result> results =
        metrics.stream()
            .map(metric ->
                confidence
                    ? Result.of(metric, corpus, resampling(usual))
                    : Result.of(metric, corpus))
            .toList();
    if (json) {
      console.out().println(Json.of(results));
      return;
    }
    int equals =
        results.stream().mapToInt(r -> r.name().length() + r.signature().length()).max().orElse(0);
    for (Result result : results) {
      int space = equals - result.name().length() - result.signature().length();
      console.out().println(" ".repeat(space) + result.line(width));
    }
  }

  private void compare(List<Metric> metrics, Corpus system, Corpus other) {
    Resampling resampling = resampling(significance.usualCount());
    List<Comparison> compared =
        metrics.stream()
            .map(metric -> significance.compare(metric, other, system, resampling))
            .toList();
    if (json) {
      console.out().println(Json.of(compared));
    } else {
      console.out().print(ScoreTables.comparisons(compared, baseline, subject(), width));
    }
  }

  private void sentences(List<Metric> metrics, Corpus corpus) {
    Map<String, List<Score>> scores = new LinkedHashMap<>();
    metrics.forEach(metric -> scores.put(metric.name(), metric.scores(corpus)));
    console.out().print(json ? Json.of(scores) + "\n" : ScoreTables.sentences(scores, width));
  }
}
