package bessemer.cli;

import bessemer.foundry.compare.CompareReport;
import bessemer.foundry.compare.CompareReport.Row;
import bessemer.foundry.compare.CompareReport.Scored;
import bessemer.foundry.parity.LogitFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Models beside each other, a row each.
final class CompareTable {
  private CompareTable() {}

  static String of(CompareReport report) {
    boolean perplexity = report.models().stream().anyMatch(row -> row.perplexity().isPresent());
    List<Scored> metrics = report.models().getFirst().scores();
    List<Object> head =
        new ArrayList<>(
            List.of(
                "model", "precision", "size", "load", "tok/s", "peak memory", "KL", "same token"));
    if (perplexity) {
      head.add("perplexity");
    }
    metrics.forEach(metric -> head.add(metric.metric()));
    var table = new Table().row(head.toArray());
    for (Row row : report.models()) {
      table.row(cells(row, perplexity).toArray());
    }
    var text = new StringBuilder(table.toString());
    text.append(
        "%d texts predicted beside %s; %s%n"
            .formatted(report.texts(), report.reference(), report.backend()));
    for (Scored metric : metrics) {
      text.append(
          "%s|%s, %d lines%n".formatted(metric.metric(), metric.signature(), report.corpus()));
    }
    return text.toString();
  }

  private static List<Object> cells(Row row, boolean perplexity) {
    List<Object> cells = new ArrayList<>();
    cells.add(row.name());
    cells.add(row.precision());
    cells.add(Sizes.bytes(row.bytes()));
    cells.add(fixed("%.2f s", row.loadSeconds()));
    cells.add(fixed("%.1f", row.decodePerSecond()));
    cells.add(
        row.peakResidentBytes().isPresent()
            ? Sizes.bytes(row.peakResidentBytes().getAsLong())
            : "unknown");
    LogitFigures parity = row.parity();
    cells.add(parity == null ? "" : fixed("%.2e", parity.klMean()));
    cells.add(parity == null ? "" : fixed("%.1f %%", 100 * parity.argmaxAgreement()));
    if (perplexity) {
      cells.add(row.perplexity().isPresent() ? fixed("%.3f", row.perplexity().getAsDouble()) : "");
    }
    row.scores().forEach(score -> cells.add(fixed("%.2f", score.value())));
    return cells;
  }

  private static String fixed(String form, double value) {
    return String.format(Locale.ROOT, form, value);
  }
}
