package bessemer.foundry.parity;

import bessemer.foundry.parity.ParityReport.CaseReport;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Measured;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import bessemer.foundry.parity.ParityReport.Quality;
import bessemer.foundry.parity.ParityReport.Reference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The report for a terminal: plain text, at most 100 columns, the worst components first.
public final class TextReport {
  private static final int WIDTH = 100;
  private static final int WORST = 10;
  private static final String ROW = "  %-48s %10s %11s %10s %8s  %s";

  private final StringBuilder out = new StringBuilder();

  private TextReport() {}

  public static String of(ParityReport report) {
    var text = new TextReport();
    text.head(report);
    text.aims(report);
    report.cases().forEach(text::table);
    text.quality(report.quality());
    text.execution(report);
    text.findings(report);
    return text.out.toString();
  }

  private void head(ParityReport report) {
    line(report.headline());
    report.reasons().stream().skip(1).forEach(reason -> line("  " + reason));
    var model = report.model();
    line("model      " + model.name() + " (" + model.architecture() + "), " + model.weights());
    Reference reference = report.reference();
    if (reference != null) {
      String versions =
          reference.recordedWith().entrySet().stream()
              .map(entry -> entry.getKey() + " " + entry.getValue())
              .collect(Collectors.joining(", "));
      line("reference  " + reference.pack() + ", recorded with " + versions);
    }
    var machine = report.machine();
    line(
        "machine    java %s, %s, %d processors, %s"
            .formatted(machine.java(), machine.os(), machine.processors(), machine.backend()));
  }

  private void aims(ParityReport report) {
    List<Measured> gated =
        report.cases().stream()
            .flatMap(c -> Stream.concat(c.components().stream(), Stream.of(c.logits())))
            .flatMap(TextReport::figures)
            .filter(measured -> measured.outcome() == Outcome.PASSED)
            .toList();
    long missed = gated.stream().filter(measured -> !measured.aim()).count();
    if (missed > 0) {
      line(
          "aims       %d of %d figures pass their gate, not their aim"
              .formatted(missed, gated.size()));
    }
  }

  private static Stream<Measured> figures(ComponentReport component) {
    Measured isolated = component.isolated();
    return isolated == null
        ? Stream.of(component.accumulated())
        : Stream.of(isolated, component.accumulated());
  }

  private void table(CaseReport report) {
    String some = report.positions().isEmpty() ? "" : ", positions " + report.positions();
    line("");
    line(
        "case %s: %d x %d tokens%s".formatted(report.name(), report.rows(), report.length(), some));
    line(ROW.formatted("component", "isolated", "accumulated", "max|ref|", "gate", ""));
    List<ComponentReport> worst = new ArrayList<>(report.components());
    worst.sort(Comparator.<ComponentReport>comparingDouble(TextReport::badness).reversed());
    row(report.logits());
    worst.stream().limit(WORST).forEach(this::row);
    if (worst.size() > WORST) {
      kinds(worst.subList(WORST, worst.size()));
    }
    LogitFigures p = report.predictions();
    line(
        String.format(
            Locale.ROOT,
            "  predictions: same token %.1f %%, top-10 overlap %.1f %%, KL mean %.1e, max %.1e",
            100 * p.argmaxAgreement(),
            100 * p.topOverlap(),
            p.klMean(),
            p.klMax()));
  }

  /// Failures first, then by scaled error.
  private static double badness(ComponentReport component) {
    return Math.max(failing(component.isolated()), failing(component.accumulated()));
  }

  private static double failing(@Nullable Measured measured) {
    if (measured == null) {
      return 0;
    }
    double error = measured.figures().scaledError();
    return measured.outcome() == Outcome.FAILED ? 1e9 + error : error;
  }

  private void row(ComponentReport component) {
    Measured accumulated = component.accumulated();
    Double gate = accumulated.gate();
    Measured isolated = component.isolated();
    if (gate == null && isolated != null) {
      gate = isolated.gate();
    }
    line(
        ROW.formatted(
            shortened(component.path()),
            isolated == null ? "-" : error(isolated.figures().maxAbs()),
            error(accumulated.figures().maxAbs()),
            String.format(Locale.ROOT, "%.3g", accumulated.figures().maxReference()),
            gate == null ? "none" : String.format(Locale.ROOT, "%.0e", gate),
            outcome(component)));
  }

  static String outcome(ComponentReport component) {
    Measured isolated = component.isolated();
    Outcome alone = isolated == null ? Outcome.MEASURED : isolated.outcome();
    Outcome together = component.accumulated().outcome();
    if (alone == Outcome.FAILED || together == Outcome.FAILED) {
      return "FAILED";
    }
    return alone == Outcome.PASSED || together == Outcome.PASSED ? "ok" : "measured";
  }

  private void kinds(List<ComponentReport> rest) {
    var byKind = new TreeMap<Kind, List<ComponentReport>>();
    rest.forEach(c -> byKind.computeIfAbsent(c.kind(), _ -> new ArrayList<>()).add(c));
    byKind.forEach((kind, some) ->
        line(
            ROW.formatted(
                "%d more: %s".formatted(some.size(), name(kind)),
                error(some.stream().mapToDouble(c -> maxAbs(c.isolated())).max().orElse(0)),
                error(some.stream().mapToDouble(c -> maxAbs(c.accumulated())).max().orElse(0)),
                "",
                "",
                "at most")));
  }

  static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double maxAbs(@Nullable Measured measured) {
    return measured == null ? 0 : measured.figures().maxAbs();
  }

  private static String error(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }

  private static String shortened(String path) {
    return path.length() <= 48 ? path : "…" + path.substring(path.length() - 47);
  }

  private void quality(@Nullable Quality quality) {
    if (quality != null) {
      line("");
      line(
          String.format(
              Locale.ROOT,
              "quality    %s: NMSE %.1e, KL %.1e, same token %.1f %%, top-10 %.1f %%, loss %.4f"
                  + " (PyTorch %.4f)",
              quality.category(),
              quality.nmse(),
              quality.predictions().klMean(),
              100 * quality.predictions().argmaxAgreement(),
              100 * quality.predictions().topOverlap(),
              quality.crossEntropy(),
              quality.crossEntropyReference()));
    }
  }

  private void execution(ParityReport report) {
    if (report.execution().isEmpty()) {
      return;
    }
    long passed =
        report.execution().stream().filter(p -> p.measured().outcome() == Outcome.PASSED).count();
    double worst =
        report.execution().stream().mapToDouble(p -> maxAbs(p.measured())).max().orElse(0);
    line(
        "execution  %d of %d quantized products equal the dequantized weights, max|difference| %s"
            .formatted(passed, report.execution().size(), error(worst)));
  }

  private void findings(ParityReport report) {
    line("");
    report.checks().forEach(c -> item("check", c.name(), name(c.outcome()), c.detail()));
    report.controls().forEach(c -> item("control", c.name(), name(c.finding()), c.detail()));
    OutputCheck output = report.outputCheck();
    if (output != null) {
      item("output", "against source", output.passed() ? "passed" : "failed", output.summary());
    }
    report
        .tolerances()
        .forEach((name, t) ->
            item("gate", name, String.format(Locale.ROOT, "%.2e", t.gate()), t.origin()));
    line(String.format(Locale.ROOT, "verified in %.1f s", report.durationSeconds()));
  }

  private void item(String group, String name, String outcome, String detail) {
    boolean stated = detail.startsWith("not applicable");
    line("%-8s %s: %s".formatted(group, name, stated ? detail : outcome + ", " + detail));
  }

  /// Long lines go on, indented.
  private void line(String text) {
    String rest = text.stripTrailing();
    String indent = "";
    while (indent.length() + rest.length() > WIDTH) {
      int room = WIDTH - indent.length();
      int space = rest.lastIndexOf(' ', room);
      int cut = space > room / 2 ? space : room;
      out.append(indent).append(rest, 0, cut).append('\n');
      rest = rest.substring(cut).strip();
      indent = "           ";
    }
    out.append(rest.isEmpty() ? "" : indent + rest).append('\n');
  }
}
