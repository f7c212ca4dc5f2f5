package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.parity.ComponentRun.Result;
import bessemer.foundry.parity.Measuring.Run;
import bessemer.foundry.parity.ParityReport.CaseReport;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Machine;
import bessemer.foundry.parity.ParityReport.Model;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import bessemer.foundry.parity.ParityReport.Product;
import bessemer.foundry.parity.ParityReport.Reference;
import bessemer.tensor.Quantization;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Verifies a loaded model: against a reference pack, against itself, and the comparison against
/// planted defects.
final class Verifier {
  private final Subject subject;
  private final Weights weights;
  private final Tolerances tolerances;
  private final Consumer<String> progress;

  /// @param progress is told what begins
  Verifier(Subject subject, Tolerances tolerances, Consumer<String> progress) {
    this.subject = subject;
    this.weights = tolerances.weights();
    this.tolerances = tolerances;
    this.progress = progress;
  }

  /// Quantized weights of the model and the files that they were loaded from.
  ///
  /// @param quantizations of those in groups, by path of the linear
  /// @param int8 paths of those with one scale a row
  record Stored(Checkpoint files, Map<String, Quantization> quantizations, Set<String> int8) {
    int count() {
      return quantizations.size() + int8.size();
    }
  }

  /// Against what PyTorch computed.
  ///
  /// @param outputCheck what the conversion found, if one was part of this
  ParityReport verify(ReferencePack pack, Stored stored, @Nullable OutputCheck outputCheck) {
    var measuring = new Measuring(subject, pack, tolerances);
    List<Run> runs = new ArrayList<>();
    for (ReferencePack.Case recorded : pack.cases()) {
      progress.accept("comparing case " + recorded.name());
      runs.add(measuring.run(recorded));
    }
    List<Check> checks = new ArrayList<>(ownChecks(pack.cases().getFirst().tokens()));
    pack.greedy()
        .map(greedy -> Checks.of(subject, List.of(greedy.prompt())).greedy(greedy, tolerances))
        .ifPresent(checks::add);
    List<CaseReport> cases = runs.stream().map(measuring::report).toList();
    var judgement =
        new Judgement(
            weights,
            "",
            cases,
            measuring.quality(runs),
            checks,
            controls(pack, runs, stored),
            execution(stored),
            outputCheck);
    return report(judgement, reference(pack));
  }

  /// Without a pack: what can be checked without PyTorch. The verdict is never better than
  /// unproven.
  ///
  /// @param reason why there is no pack, for the headline
  ParityReport withoutReference(String reason, Stored stored, @Nullable OutputCheck outputCheck) {
    var judgement =
        new Judgement(
            weights,
            reason,
            List.of(),
            null,
            ownChecks(List.of()),
            List.of(),
            execution(stored),
            outputCheck);
    return report(judgement, null);
  }

  private List<Check> ownChecks(List<List<Integer>> tokens) {
    progress.accept("running with a cache, padded and in batches");
    return Checks.of(subject, tokens).own();
  }

  private List<Product> execution(Stored stored) {
    if (stored.count() > 0) {
      progress.accept("multiplying with " + stored.count() + " quantized weights");
    }
    return new Execution(subject, stored.files()).run(stored);
  }

  /// On the first case that records all positions, and the insides of blocks if one does.
  private List<Control> controls(ReferencePack pack, List<Run> runs, Stored stored) {
    progress.accept("planting defects");
    Run best = null;
    Result isolated = null;
    for (Run run : runs) {
      Result result = run.isolated();
      boolean more = best == null || components(run) > components(best);
      if (result != null && more) {
        best = run;
        isolated = result;
      }
    }
    if (best == null || isolated == null) {
      return List.of();
    }
    List<Control> controls =
        new ArrayList<>(
            new Controls(subject, pack, best.recorded(), tolerances, isolated.components()).run());
    new Execution(subject, stored.files()).control(stored).ifPresent(controls::add);
    return controls;
  }

  private static int components(Run run) {
    return run.recorded().components().size();
  }

  private static Reference reference(ReferencePack pack) {
    return new Reference(
        String.valueOf(pack.directory().getFileName()),
        pack.recordedWith(),
        pack.origin().modelType(),
        new TreeMap<>(pack.origin().files()));
  }

  private ParityReport report(Judgement judgement, @Nullable Reference reference) {
    return new ParityReport(
        ParityReport.FORMAT,
        ParityReport.VERSION,
        judgement.verdict(),
        judgement.headline(),
        judgement.reasons(),
        new Model(subject.name(), subject.architecture(), weights.toString()),
        reference,
        machine(),
        new LinkedHashMap<>(tolerances.named()),
        judgement.cases(),
        judgement.quality(),
        judgement.checks(),
        judgement.controls(),
        judgement.execution(),
        judgement.outputCheck(),
        0);
  }

  private Machine machine() {
    return new Machine(
        System.getProperty("java.version"),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        subject.engine().describe());
  }
}
