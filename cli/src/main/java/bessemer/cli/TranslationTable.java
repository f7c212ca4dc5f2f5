package bessemer.cli;

import bessemer.foundry.benchmark.TranslationBenchmark.Result;
import java.util.Locale;

/// What `benchmark` measured of a translator, for people.
final class TranslationTable {
  private TranslationTable() {}

  static String of(Benchmark.Report<Result> report) {
    var table =
        new Table()
            .row(
                "batch",
                "beams",
                "encode",
                "first token",
                "decode",
                "p50",
                "p95",
                "p99",
                "sentences",
                "peak memory");
    for (Result r : report.results()) {
      table.row(
          r.settings().batch(),
          r.settings().beams(),
          Benchmark.millis(r.encode().p50()),
          Benchmark.millis(r.firstToken().p50()),
          Benchmark.rate(r.decodePerSecond()),
          Benchmark.millis(r.token().p50()),
          Benchmark.millis(r.token().p95()),
          Benchmark.millis(r.token().p99()),
          String.format(Locale.ROOT, "%.2f/s", r.sentencesPerSecond()),
          Benchmark.memory(r.peakResidentBytes()));
    }
    return "%s on %s%n%s".formatted(report.model(), report.backend(), table);
  }
}
