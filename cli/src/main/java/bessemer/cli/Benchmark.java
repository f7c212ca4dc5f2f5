package bessemer.cli;

import bessemer.foundry.benchmark.Benchmark.Result;
import bessemer.foundry.benchmark.Benchmark.Settings;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures how fast a model reads prompts and decodes on this machine.")
final class Benchmark implements Callable<Integer> {
  /// What is printed as JSON.
  record Report(String model, String backend, int threads, List<Result> results) {}

  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(names = "--prompt-tokens", paramLabel = "N", description = "Default ${DEFAULT-VALUE}.")
  private int promptTokens = 512;

  @Option(names = "--tokens", paramLabel = "N", description = "Default ${DEFAULT-VALUE}.")
  private int tokens = 128;

  @Option(
      names = "--batch",
      split = ",",
      paramLabel = "ROWS",
      description = "Rows decoded together, one measurement each. Default 1,4,8.")
  private List<Integer> batches = List.of(1, 4, 8);

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
    KvType cache = computing.cache();
    try (Engine engine = computing.choice().engine();
        LoadedModel loaded = LoadedModel.load(engine, ModelArgument.resolve(model, home))) {
      var benchmark =
          new bessemer.foundry.benchmark.Benchmark(engine, loaded.model(), cache, System::nanoTime);
      List<Result> results = new ArrayList<>();
      for (int batch : batches) {
        console.note("measuring %d x %d + %d tokens ...".formatted(batch, promptTokens, tokens));
        results.add(benchmark.run(new Settings(promptTokens, tokens, batch, runs)));
      }
      var report = new Report(model, described(engine, cache), computing.threads(), results);
      console.out().print(json ? Json.of(report) + "\n" : table(report));
    }
    return Exit.OK.code();
  }

  private static String described(Engine engine, KvType cache) {
    return "%s, %s cache".formatted(engine.describe(), cache.name().toLowerCase(Locale.ROOT));
  }

  private static String table(Report report) {
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
          r.peakResidentBytes().isPresent()
              ? Sizes.bytes(r.peakResidentBytes().getAsLong())
              : "unknown");
    }
    return "%s on %s%n%s".formatted(report.model(), report.backend(), table);
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, "%.1f ms", millis);
  }

  private static String rate(double perSecond) {
    return String.format(Locale.ROOT, "%.1f tok/s", perSecond);
  }
}
