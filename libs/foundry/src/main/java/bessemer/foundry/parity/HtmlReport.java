package bessemer.foundry.parity;

import bessemer.foundry.parity.ParityReport.CaseReport;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Measured;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import bessemer.foundry.parity.ParityReport.Quality;
import bessemer.foundry.parity.ParityReport.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The report as one page without anything to load: no script from elsewhere, no font, no image.
/// Every text is escaped.
public final class HtmlReport {
  private static final String STYLE =
      """
      :root{color-scheme:light dark;--line:#ccc;--bad:#b00020;--good:#1b7f3b;--a:#0a66c2;--b:#c2410c}
      @media(prefers-color-scheme:dark){:root{--line:#444;--bad:#ff6b7a;--good:#5fd38a;--a:#6cb6ff;--b:#ffa657}}
      body{font:15px/1.5 system-ui,sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem}
      h1{font-size:1.3rem}h2{font-size:1.1rem;margin-top:2rem}
      table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
      th,td{border-bottom:1px solid var(--line);padding:.2rem .6rem;text-align:left}
      td.n{text-align:right;white-space:nowrap}td:last-child:not(.n){min-width:14rem}th{cursor:pointer;user-select:none}
      .FAILED,.UNDETECTED{color:var(--bad);font-weight:600}.PASSED,.DETECTED,.ok{color:var(--good)}
      .wide{overflow-x:auto}svg{max-width:56rem}svg text{fill:currentColor;font-size:11px}
      .wide table{font-size:.85rem}
      """;
  private static final String SORT =
      """
      document.querySelectorAll('th').forEach(h=>h.addEventListener('click',()=>{
        const t=h.closest('table'),i=h.cellIndex,d=h.dataset.d=h.dataset.d==='1'?'-1':'1';
        const v=r=>{const c=r.cells[i];return c.dataset.v===undefined?c.textContent:+c.dataset.v};
        [...t.tBodies[0].rows].sort((a,b)=>(v(a)>v(b)?1:v(a)<v(b)?-1:0)*d)
          .forEach(r=>t.tBodies[0].append(r));}));
      """;

  private final StringBuilder out = new StringBuilder();

  private HtmlReport() {}

  public static String of(ParityReport report) {
    var page = new HtmlReport();
    page.head(report);
    page.quality(report.quality());
    report.cases().forEach(page::cases);
    page.findings(report);
    page.out.append("<script>").append(SORT).append("</script>\n</body></html>\n");
    return page.out.toString();
  }

  private void head(ParityReport report) {
    out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    out.append(escaped("Parity of " + report.model().name())).append("</title>\n<style>\n");
    out.append(STYLE).append("</style></head><body>\n");
    String colour =
        switch (report.verdict()) {
          case PROVED -> "PASSED";
          case MEASURED, UNPROVEN -> "";
          case REJECTED, VERIFIER_BROKEN -> "FAILED";
        };
    out.append("<h1 class=\"%s\">%s</h1>\n".formatted(colour, escaped(report.headline())));
    list(report.reasons());
    var model = report.model();
    paragraph("Model: " + model.name() + " (" + model.architecture() + "), " + model.weights());
    Reference reference = report.reference();
    if (reference != null) {
      String versions = String.valueOf(reference.recordedWith()).replaceAll("[{}]", "");
      paragraph("Reference: " + reference.pack() + ", recorded with " + versions);
    }
    var machine = report.machine();
    paragraph(
        "Machine: java %s, %s, %d processors, %s"
            .formatted(machine.java(), machine.os(), machine.processors(), machine.backend()));
    paragraph(String.format(Locale.ROOT, "Verified in %.1f s", report.durationSeconds()));
  }

  private void quality(@Nullable Quality quality) {
    if (quality == null) {
      return;
    }
    section("Predictions beside PyTorch's");
    start("figure", "value");
    row(text("category"), text(quality.category()));
    row(text("NMSE of the logits"), number(quality.nmse()));
    row(text("same token"), number(quality.predictions().argmaxAgreement()));
    row(text("top-10 overlap"), number(quality.predictions().topOverlap()));
    row(text("KL, mean"), number(quality.predictions().klMean()));
    row(text("KL, max"), number(quality.predictions().klMax()));
    row(text("cross-entropy"), number(quality.crossEntropy()));
    row(text("cross-entropy of PyTorch"), number(quality.crossEntropyReference()));
    end();
  }

  private void cases(CaseReport report) {
    section(
        "Case %s: %d × %d tokens".formatted(report.name(), report.rows(), report.length())
            + (report.sources().isEmpty() ? "" : ", sources of " + report.sources())
            + (report.positions().isEmpty() ? "" : ", positions " + report.positions()));
    list(report.problems());
    out.append(ErrorPlot.of(report));
    start(
        "component",
        "kind",
        "isolated max",
        "accumulated max",
        "mean",
        "relative",
        "RMSE",
        "NMSE",
        "cosine",
        "max|ref|",
        "worst at",
        "gate",
        "");
    component(report.logits());
    report.components().forEach(this::component);
    end();
  }

  private void component(ComponentReport component) {
    Measured isolated = component.isolated();
    Measured accumulated = component.accumulated();
    Figures f = accumulated.figures();
    Double gate = accumulated.gate();
    gate = gate == null && isolated != null ? isolated.gate() : gate;
    var worst = f.worst();
    String outcome = TextReport.outcome(component);
    row(
        text(component.path()),
        text(TextReport.name(component.kind())),
        isolated == null ? text("–") : number(isolated.figures().maxAbs()),
        number(f.maxAbs()),
        number(f.meanAbs()),
        number(f.maxRelative()),
        number(f.rmse()),
        number(f.nmse()),
        "<td class=n data-v=\"%s\">%s".formatted(f.cosine(), cosine(f.cosine())),
        number(f.maxReference()),
        text(
            String.format(
                Locale.ROOT,
                "%s: %.6g, PyTorch %.6g",
                worst.index(),
                worst.ours(),
                worst.reference())),
        gate == null ? text("none") : number(gate),
        "<td class=\"%s\">%s".formatted(escaped(outcome), escaped(outcome)));
  }

  private static String cosine(double cosine) {
    return String.format(Locale.ROOT, "%.9f", cosine);
  }

  private void findings(ParityReport report) {
    section("Checks");
    start("check", "outcome", "detail");
    report.checks().forEach(c -> finding(c.name(), c.outcome(), c.detail()));
    OutputCheck output = report.outputCheck();
    if (output != null) {
      var outcome = output.passed() ? ParityReport.Outcome.PASSED : ParityReport.Outcome.FAILED;
      finding("output against source", outcome, output.summary());
    }
    report
        .execution()
        .forEach(p ->
            finding(
                "product " + p.path() + ", " + p.quantization(),
                p.measured().outcome(),
                "max|difference| " + p.measured().figures().maxAbs()));
    end();
    section("Negative controls: planted defects");
    start("defect", "finding", "detail");
    report.controls().forEach(c -> finding(c.name(), c.finding(), c.detail()));
    end();
    section("Gates");
    paragraph("A gate: max|ours − reference| ≤ tolerance × max(1, max|reference|).");
    start("for", "tolerance", "aim", "origin");
    report
        .tolerances()
        .forEach((name, t) -> row(text(name), number(t.gate()), number(t.aim()), text(t.origin())));
    end();
  }

  private void finding(String name, Enum<?> outcome, String detail) {
    String cell = "<td class=\"%s\">%s".formatted(outcome.name(), TextReport.name(outcome));
    row(text(name), cell, text(detail));
  }

  private void section(String title) {
    out.append("<h2>").append(escaped(title)).append("</h2>\n");
  }

  private void paragraph(String text) {
    out.append("<p>").append(escaped(text)).append("</p>\n");
  }

  private void list(List<String> items) {
    if (!items.isEmpty()) {
      out.append("<ul>");
      items.forEach(item -> out.append("<li>").append(escaped(item)));
      out.append("</ul>\n");
    }
  }

  private void start(String... columns) {
    String head =
        Arrays.stream(columns).map(c -> "<th>" + escaped(c)).collect(Collectors.joining());
    out.append("<div class=wide><table><thead><tr>").append(head).append("</thead><tbody>\n");
  }

  /// @param cells finished markup, one `<td>` each
  private void row(String... cells) {
    out.append("<tr>").append(String.join("", cells)).append('\n');
  }

  private void end() {
    out.append("</tbody></table></div>\n");
  }

  private static String text(String text) {
    return "<td>" + escaped(text);
  }

  private static String number(double value) {
    String shown = String.format(Locale.ROOT, "%.3g", value);
    return "<td class=n data-v=\"" + value + "\">" + shown;
  }

  /// Text as markup shows it.
  public static String escaped(String text) {
    var escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
