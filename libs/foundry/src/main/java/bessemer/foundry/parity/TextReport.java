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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The report for a terminal: plain text, at most 100 columns, a line for each kind of component
/// over all cases and the worst by name. Every figure is in `parity.json` and on the page.
public final class TextReport {
  private static final int WIDTH = 100;
  private static final int WORST = 5;
  private static final String ROW = "  %-14s %6s %11s %12s %10s  %s";

  private final StringBuilder out = new StringBuilder();

  private TextReport() {}

  public static String of(ParityReport report) {
    var text = new TextReport();
    text.head(report);
    text.aims(report);
    text.table(report);
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

  private void table(ParityReport report) {
    if (report.cases().isEmpty()) {
      return;
    }
    var byKind = new TreeMap<Kind, List<ComponentReport>>();
    Map<ComponentReport, String> cases = new IdentityHashMap<>();
    for (CaseReport recorded : report.cases()) {
      for (ComponentReport c : all(recorded).toList()) {
        byKind.computeIfAbsent(c.kind(), _ -> new ArrayList<>()).add(c);
        cases.put(c, recorded.name());
      }
      recorded.problems().forEach(problem -> line("case " + recorded.name() + ": " + problem));
    }
    sources(report.cases());
    line("");
    line(ROW.formatted("component", "count", "isolated", "accumulated", "of gate", ""));
    byKind.forEach(this::kind);
    cases.keySet().stream()
        .filter(c -> share(c) > 0)
        .sorted(Comparator.<ComponentReport>comparingDouble(TextReport::badness).reversed())
        .limit(report.verdict() == Verdict.REJECTED ? 2 * WORST : 1)
        .forEach(c -> worst(c, String.valueOf(cases.get(c))));
  }

  /// Of translators.
  private void sources(List<CaseReport> cases) {
    String each =
        cases.stream()
            .filter(one -> !one.sources().isEmpty())
            .map(one -> "%s %d from %s".formatted(one.name(), one.length(), one.sources()))
            .collect(Collectors.joining("; "));
    if (!each.isEmpty()) {
      line("tokens     " + each);
    }
  }

  private static Stream<ComponentReport> all(CaseReport report) {
    return Stream.concat(report.components().stream(), Stream.of(report.logits()));
  }

  private void kind(Kind kind, List<ComponentReport> some) {
    double share = some.stream().mapToDouble(TextReport::share).max().orElse(0);
    boolean failed = some.stream().anyMatch(c -> outcome(c).equals("FAILED"));
    boolean gated = some.stream().anyMatch(c -> outcome(c).equals("ok"));
    line(
        ROW.formatted(
            name(kind),
            some.size(),
            error(some.stream().mapToDouble(c -> maxAbs(c.isolated())).max().orElse(0)),
            error(some.stream().mapToDouble(c -> maxAbs(c.accumulated())).max().orElse(0)),
            failed || gated ? String.format(Locale.ROOT, "%.0f %%", 100 * share) : "none",
            failed ? "FAILED" : gated ? "ok" : "measured"));
  }

  /// The larger of its errors, scaled, as a part of the gate; 0 without a gate.
  private static double share(ComponentReport component) {
    return figures(component)
        .filter(measured -> measured.gate() != null)
        .mapToDouble(measured -> {
          Double gate = measured.gate();
          return gate == null ? 0 : measured.figures().scaledError() / gate;
        })
        .max()
        .orElse(0);
  }

  private void worst(ComponentReport c, String recorded) {
    line(
        String.format(
            Locale.ROOT,
            "  %s: %s in case %s, %.0f %% of its gate, max|ref| %.3g",
            outcome(c).equals("FAILED") ? "FAILED" : "closest to its gate",
            c.path(),
            recorded,
            100 * share(c),
            c.accumulated().figures().maxReference()));
  }

  /// Failures first, then by scaled error.
  private static double badness(ComponentReport component) {
    return share(component) + (outcome(component).equals("FAILED") ? 1e9 : 0);
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

  static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double maxAbs(@Nullable Measured measured) {
    return measured == null ? 0 : measured.figures().maxAbs();
  }

  private static String error(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
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
    line(String.format(Locale.ROOT, "verified in %.1f s", report.durationSeconds()));
  }

  private void item(String group, String name, String outcome, String detail) {
    boolean stated = detail.startsWith("not applicable");
    line("%-10s %s: %s".formatted(group, name, stated ? detail : outcome + ", " + detail));
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
