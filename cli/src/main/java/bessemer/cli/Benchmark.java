package bessemer.cli;

import bessemer.checkpoint.ConfigJson;
import bessemer.foundry.benchmark.Benchmark.Result;
import bessemer.foundry.benchmark.Benchmark.Settings;
import bessemer.foundry.benchmark.TranslationBenchmark;
import bessemer.models.LoadedModel;
import bessemer.models.LoadedTranslator;
import bessemer.models.Models;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "benchmark",
    mixinStandardHelpOptions = true,
    description = {
      "Measures how fast a model reads and writes on this machine.",
      "Language models: prompts and decoding; translators: sources and translations."
    })
final class Benchmark implements Callable<Integer> {
  /// What is printed as JSON.
  ///
  /// @param <R> results of a language model or of a translator
  record Report<R>(String model, String backend, int threads, List<R> results) {}

  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      description = "Of a prompt or source. Default 512, of a translator 20.")
  private @Nullable Integer promptTokens;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "To write. Default 128, of a translator 64.")
  private @Nullable Integer tokens;

  @Option(
      names = "--batch",
      split = ",",
      paramLabel = "ROWS",
      description =
          "Rows decoded together, measured one by one. Default 1,4,8, of a translator 1,8.")
  private List<Integer> batches = List.of();

  @Option(
      names = "--beams",
      paramLabel = "N",
      description = "Of a translator: translations followed together. Default ${DEFAULT-VALUE}.")
  private int beams = 1;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Counted runs after one that warms up. Default ${DEFAULT-VALUE}.")
  private int runs = 3;

  @Mixin private final Computing computing = new Computing();
  @Mixin private final Local local = new Local();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  Benchmark(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    local.require("benchmark", model);
    Path directory = ModelArgument.resolve(model, home);
    boolean translates = Models.translates(ConfigJson.read(directory.resolve("config.json")));
    if (!translates && beams != 1) {
      throw new CommandException(Exit.USAGE, "--beams is for translators");
    }
    KvType cache = computing.cache();
    try (Engine engine = computing.choice().engine()) {
      if (translates) {
        print(translator(engine, directory, cache), TranslationTable::of);
      } else {
        print(languageModel(engine, directory, cache), Benchmark::table);
      }
    }
    return Exit.OK.code();
  }

  private <R> void print(Report<R> report, Function<Report<R>, String> table) {
    console.out().print(json ? Json.of(report) + "\n" : table.apply(report));
  }

  private Report<Result> languageModel(Engine engine, Path directory, KvType cache)
      throws IOException {
    int prompt = promptTokens == null ? 512 : promptTokens;
    int count = tokens == null ? 128 : tokens;
    List<Settings> rows =
        (batches.isEmpty() ? List.of(1, 4, 8) : batches)
            .stream().map(batch -> new Settings(prompt, count, batch, runs)).toList();
    try (LoadedModel loaded = LoadedModel.load(engine, directory)) {
      var benchmark =
          new bessemer.foundry.benchmark.Benchmark(engine, loaded.model(), cache, System::nanoTime);
      return report(
          engine,
          cache,
          rows,
          row -> {
            console.note("measuring %d x %d + %d tokens ...".formatted(row.batch(), prompt, count));
            return benchmark.run(row);
          });
    }
  }

  private Report<TranslationBenchmark.Result> translator(
      Engine engine, Path directory, KvType cache) throws IOException {
    int source = promptTokens == null ? 20 : promptTokens;
    int count = tokens == null ? 64 : tokens;
    List<TranslationBenchmark.Settings> rows =
        (batches.isEmpty() ? List.of(1, 8) : batches)
            .stream()
                .map(batch -> new TranslationBenchmark.Settings(source, count, batch, beams, runs))
                .toList();
    try (LoadedTranslator loaded = LoadedTranslator.load(engine, directory)) {
      var benchmark = new TranslationBenchmark(engine, loaded.model(), cache, System::nanoTime);
      return report(
          engine,
          cache,
          rows,
          row -> {
            console.note(
                "measuring %d x %d to %d tokens with %d beams ..."
                    .formatted(row.batch(), source, count, beams));
            return benchmark.run(row);
          });
    }
  }

  private <S, R> Report<R> report(
      Engine engine, KvType cache, List<S> rows, Function<S, R> measure) {
    List<R> results = rows.stream().map(measure).toList();
    return new Report<>(model, described(engine, cache), computing.threads(), results);
  }

  private static String described(Engine engine, KvType cache) {
    return "%s, %s cache".formatted(engine.describe(), cache.name().toLowerCase(Locale.ROOT));
  }

  private static String table(Report<Result> report) {
    var table =
        new Table()
            .row("batch", "first token", "prefill", "decode", "p50", "p95", "p99", "peak memory");
    for (Result r : report.results()) {
      table.row(
          r.settings().batch(),
          millis(r.firstToken().p50()),
          rate(r.prefillPerSecond()),
          rate(r.decodePerSecond()),
          millis(r.token().p50()),
          millis(r.token().p95()),
          millis(r.token().p99()),
          memory(r.peakResidentBytes()));
    }
    return "%s on %s%n%s".formatted(report.model(), report.backend(), table);
  }

  static String millis(double millis) {
    return String.format(Locale.ROOT, "%.1f ms", millis);
  }

  static String rate(double perSecond) {
    return String.format(Locale.ROOT, "%.1f tok/s", perSecond);
  }

  static String memory(OptionalLong bytes) {
    return bytes.isPresent() ? Sizes.bytes(bytes.getAsLong()) : "unknown";
  }
}
