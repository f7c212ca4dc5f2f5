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
import bessemer.foundry.parity.Subject.Network;
import bessemer.models.TranslationModel;
import bessemer.tensor.Quantization;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
    Checks own = Checks.of(subject, pack.cases().getFirst());
    List<Check> checks = new ArrayList<>(ownChecks(own, stored));
    pack.greedy().map(greedy -> own.greedy(greedy, tolerances)).ifPresent(checks::add);
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
            ownChecks(Checks.ofRandom(subject), stored),
            List.of(),
            execution(stored),
            outputCheck);
    return report(judgement, null);
  }

  private List<Check> ownChecks(Checks own, Stored stored) {
    progress.accept("running with a cache, padded and in batches");
    return own.own(stored.files());
  }

  private List<Product> execution(Stored stored) {
    if (stored.count() > 0) {
      progress.accept("multiplying with " + stored.count() + " quantized weights");
    }
    return new Execution(subject, stored.files()).run(stored);
  }

  /// On the case that records most, of those that record all positions.
  private List<Control> controls(ReferencePack pack, List<Run> runs, Stored stored) {
    progress.accept("planting defects");
    Optional<Run> full =
        runs.stream()
            .filter(run -> run.isolated() != null)
            .reduce((best, run) -> components(run) > components(best) ? run : best);
    if (full.isEmpty()) {
      return List.of();
    }
    List<Control> controls = new ArrayList<>(planted(pack, full.get(), runs));
    new Execution(subject, stored.files()).control(stored).ifPresent(controls::add);
    return controls;
  }

  private List<Control> planted(ReferencePack pack, Run full, List<Run> runs) {
    return switch (subject.network()) {
      case Network.Decoder _ -> {
        Result isolated = Objects.requireNonNull(full.isolated());
        yield new Controls(subject, pack, full.recorded(), tolerances, isolated).run();
      }
      case Network.Translator(TranslationModel model) -> {
        Optional<Run> padded =
            runs.stream()
                .filter(run -> run.isolated() != null)
                .filter(run -> run.recorded().source().getFirst().isPadded())
                .findFirst();
        yield new TranslationControls(subject, model, pack, tolerances, full, padded).run();
      }
    };
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
