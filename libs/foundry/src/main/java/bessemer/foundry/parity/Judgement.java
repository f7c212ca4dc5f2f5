package bessemer.foundry.parity;

import bessemer.foundry.parity.ParityReport.CaseReport;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Measured;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import bessemer.foundry.parity.ParityReport.Product;
import bessemer.foundry.parity.ParityReport.Quality;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// From findings to a verdict. A broken verifier outweighs all; then any failure rejects; then a
/// missing comparison leaves unproven.
///
/// @param reason why there is no reference; empty when there is one
record Judgement(
    Weights weights,
    String reason,
    List<CaseReport> cases,
    @Nullable Quality quality,
    List<Check> checks,
    List<Control> controls,
    List<Product> execution,
    @Nullable OutputCheck outputCheck) {
  private static final int LISTED = 8;
  private static final Pattern ENCODER = Pattern.compile("(.*\\.)?encoder\\.[a-z_]*norm");

  Verdict verdict() {
    if (!undetected().isEmpty()) {
      return Verdict.VERIFIER_BROKEN;
    }
    if (!failures().isEmpty()) {
      return Verdict.REJECTED;
    }
    if (cases.isEmpty() || controls.stream().noneMatch(c -> c.finding() == Finding.DETECTED)) {
      return Verdict.UNPROVEN;
    }
    return weights.quantized() ? Verdict.MEASURED : Verdict.PROVED;
  }

  List<String> reasons() {
    return switch (verdict()) {
      case PROVED, MEASURED -> List.of();
      case UNPROVEN ->
          List.of(reason.isEmpty() ? "no negative control applies to this pack" : reason);
      case REJECTED -> failures();
      case VERIFIER_BROKEN -> undetected();
    };
  }

  String headline() {
    Verdict verdict = verdict();
    return verdict
        + switch (verdict) {
          case PROVED -> ": computes what PyTorch computes" + rounded() + "; " + worst();
          case MEASURED -> ": quantized, runs as written; beside PyTorch " + measured();
          case REJECTED -> ": " + failures().getFirst() + others(failures().size());
          case UNPROVEN -> ": not compared with PyTorch, " + reasons().getFirst();
          case VERIFIER_BROKEN -> ": " + undetected().getFirst() + others(undetected().size());
        };
  }

  private static String others(int count) {
    return count > 1 ? " and " + (count - 1) + " more" : "";
  }

  private String rounded() {
    return weights.rounding() == Weights.Rounding.NONE ? "" : " with weights " + weights.rounding();
  }

  private String worst() {
    double component = 0;
    double encoder = -1;
    double logits = 0;
    for (CaseReport report : cases) {
      logits = Math.max(logits, report.logits().accumulated().figures().scaledError());
      for (ComponentReport c : report.components()) {
        double error = c.accumulated().figures().scaledError();
        component = Math.max(component, error);
        encoder = ENCODER.matcher(c.path()).matches() ? Math.max(encoder, error) : encoder;
      }
    }
    String between =
        encoder < 0 ? "" : String.format(Locale.ROOT, ", of the encoder %.1e", encoder);
    return String.format(
        Locale.ROOT, "largest scaled error %.1e%s, of the logits %.1e", component, between, logits);
  }

  private String measured() {
    if (quality == null) {
      return "nothing was measured";
    }
    return String.format(
        Locale.ROOT,
        "%s: NMSE %.1e, KL %.1e, same token %.1f %%",
        quality.category(),
        quality.nmse(),
        quality.predictions().klMean(),
        100 * quality.predictions().argmaxAgreement());
  }

  private List<String> undetected() {
    return controls.stream()
        .filter(control -> control.finding() == Finding.UNDETECTED)
        .map(control -> control.name() + " was not detected: " + control.detail())
        .toList();
  }

  private List<String> failures() {
    List<String> failures = new ArrayList<>();
    cases.forEach(report -> addFailures(report, failures));
    execution.stream()
        .filter(product -> product.measured().outcome() == Outcome.FAILED)
        .map(p -> p.path() + ": " + text("the quantized product is off by", p.measured()))
        .forEach(failures::add);
    checks.stream()
        .filter(check -> check.outcome() == Outcome.FAILED)
        .map(check -> check.name() + ": " + check.detail())
        .forEach(failures::add);
    if (outputCheck != null && !outputCheck.passed()) {
      failures.add("output against source: " + outputCheck.summary());
    }
    return failures;
  }

  /// Isolated failures first: they name the component that is wrong, not those that suffer.
  private static void addFailures(CaseReport report, List<String> failures) {
    report.problems().forEach(problem -> failures.add(report.name() + ": " + problem));
    List<ComponentReport> all = new ArrayList<>(report.components());
    all.add(report.logits());
    List<String> isolated = new ArrayList<>();
    List<String> accumulated = new ArrayList<>();
    for (ComponentReport c : all) {
      Measured alone = c.isolated();
      String at = report.name() + ": " + c.path() + " ";
      if (alone != null && alone.outcome() == Outcome.FAILED) {
        isolated.add(at + text("on PyTorch's input is off by", alone));
      } else if (c.accumulated().outcome() == Outcome.FAILED) {
        accumulated.add(at + text("is off by", c.accumulated()));
      }
    }
    addSome(isolated, failures);
    addSome(accumulated, failures);
  }

  private static void addSome(List<String> some, List<String> failures) {
    failures.addAll(some.subList(0, Math.min(LISTED, some.size())));
    if (some.size() > LISTED) {
      failures.add((some.size() - LISTED) + " more components of the same case");
    }
  }

  private static String text(String what, Measured measured) {
    Figures figures = measured.figures();
    String scale = String.format(Locale.ROOT, "%.1e", Math.max(1, figures.maxReference()));
    return String.format(
        Locale.ROOT, "%s %.2e, gate %.1e x %s", what, figures.maxAbs(), measured.gate(), scale);
  }
}
