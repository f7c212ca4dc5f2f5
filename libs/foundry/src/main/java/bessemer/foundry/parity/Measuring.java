package bessemer.foundry.parity;

import bessemer.foundry.parity.ComponentRun.Mode;
import bessemer.foundry.parity.ParityReport.CaseReport;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Measured;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ParityReport.Quality;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Component;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Runs the cases of a pack, accumulated and isolated, and holds the figures against the gates.
final class Measuring {
  /// @param isolated null where a case records only some positions
  record Run(
      Case recorded, ComponentRun.Result accumulated, ComponentRun.@Nullable Result isolated) {}

  private final Subject subject;
  private final ReferencePack pack;
  private final Tolerances tolerances;

  Measuring(Subject subject, ReferencePack pack, Tolerances tolerances) {
    this.subject = subject;
    this.pack = pack;
    this.tolerances = tolerances;
  }

  Run run(Case recorded) {
    ComponentRun.Result accumulated =
        new ComponentRun(subject, pack, recorded, Mode.ACCUMULATED).run();
    return new Run(
        recorded,
        accumulated,
        recorded.isPartial()
            ? null
            : new ComponentRun(subject, pack, recorded, Mode.ISOLATED).run());
  }

  CaseReport report(Run run) {
    Case recorded = run.recorded();
    List<ComponentReport> components = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Component component : recorded.components()) {
      String path = component.path();
      Figures accumulated = run.accumulated().components().get(path);
      if (accumulated == null) {
        String why =
            run.accumulated().misshapen().getOrDefault(path, "the model reports no such component");
        problems.add(path + ": " + why);
      } else {
        Figures isolated = run.isolated() == null ? null : run.isolated().components().get(path);
        components.add(component(path, isolated, accumulated));
      }
    }
    Figures isolated = run.isolated() == null ? null : run.isolated().logits();
    return new CaseReport(
        recorded.name(),
        recorded.rows(),
        recorded.length(),
        recorded.source().stream().flatMap(source -> source.lengths().stream()).toList(),
        recorded.positions(),
        problems,
        component("logits", isolated, run.accumulated().logits()),
        run.accumulated().predictions(),
        components);
  }

  private ComponentReport component(String path, @Nullable Figures isolated, Figures accumulated) {
    Kind kind = Kind.of(path);
    return new ComponentReport(
        path,
        kind,
        isolated == null ? null : measured(isolated, tolerances.isolated(kind)),
        measured(accumulated, tolerances.accumulated(kind)));
  }

  static Measured measured(Figures figures, Optional<Tolerance> tolerance) {
    if (tolerance.isEmpty()) {
      return new Measured(figures, Outcome.MEASURED, null, false);
    }
    Tolerance gate = tolerance.get();
    Outcome outcome = gate.passes(figures) ? Outcome.PASSED : Outcome.FAILED;
    return new Measured(figures, outcome, gate.gate(), gate.reachesAim(figures));
  }

  Quality quality(List<Run> runs) {
    double nmse = 0;
    double ours = 0;
    double theirs = 0;
    int full = 0;
    for (Run run : runs) {
      nmse = Math.max(nmse, run.accumulated().logits().nmse());
      double crossEntropy = run.accumulated().crossEntropy();
      if (!Double.isNaN(crossEntropy)) {
        ours += crossEntropy;
        theirs += reference(run.recorded());
        full++;
      }
    }
    return new Quality(
        category(nmse),
        nmse,
        together(runs.stream().map(run -> run.accumulated().predictions()).toList()),
        full == 0 ? Double.NaN : ours / full,
        full == 0 ? Double.NaN : theirs / full);
  }

  private double reference(Case recorded) {
    MemorySegment logits = pack.values(recorded.logits());
    int vocabulary = Math.toIntExact(recorded.logits().shape().dim(-1));
    return CrossEntropy.of(logits, recorded, vocabulary);
  }

  private static LogitFigures together(List<LogitFigures> all) {
    long rows = all.stream().mapToLong(LogitFigures::rows).sum();
    double agreement = 0;
    double overlap = 0;
    double kl = 0;
    double klMax = 0;
    for (LogitFigures one : all) {
      double share = (double) one.rows() / rows;
      agreement += share * one.argmaxAgreement();
      overlap += share * one.topOverlap();
      kl += share * one.klMean();
      klMax = Math.max(klMax, one.klMax());
    }
    return new LogitFigures(rows, agreement, overlap, kl, klMax);
  }

  private static String category(double nmse) {
    String[] names = {"identical", "excellent", "very good", "good", "degraded"};
    double[] below = {1e-6, 1e-4, 1e-3, 1e-2, 1e-1};
    for (int i = 0; i < names.length; i++) {
      if (nmse < below[i]) {
        return names[i];
      }
    }
    return "poor";
  }
}
