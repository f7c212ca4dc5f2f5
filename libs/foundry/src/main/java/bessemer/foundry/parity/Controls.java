package bessemer.foundry.parity;

import bessemer.foundry.parity.ComponentRun.Mode;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Plants defects in one block and looks whether the comparison sees them: a verifier that cannot
/// fail proves nothing. A defect counts as detected when a component of the block that was within
/// its gate leaves it. Each is tried at 1, 4 and 16 times its natural size, so that a wide gate
/// needs a large defect, and a senseless one is found out. Expected values are never touched.
final class Controls {
  private static final int[] STRENGTHS = {1, 4, 16};
  private static final Pattern BLOCK = Pattern.compile("(.*layers\\.\\d+)(\\..*)?");

  private final Subject subject;
  private final ReferencePack pack;
  private final Case recorded;
  private final Tolerances tolerances;
  private final Map<String, Figures> baseline;
  private final String block;
  private final Defects defects;

  /// @param recorded a case with all positions
  /// @param baseline what the isolated run without defects found
  Controls(
      Subject subject,
      ReferencePack pack,
      Case recorded,
      Tolerances tolerances,
      Map<String, Figures> baseline) {
    this.subject = subject;
    this.pack = pack;
    this.recorded = recorded;
    this.tolerances = tolerances;
    this.baseline = baseline;
    this.block = firstBlock(recorded);
    this.defects = new Defects(subject, pack, recorded, tolerances, block);
  }

  private static String firstBlock(Case recorded) {
    return recorded.components().stream()
        .map(component -> BLOCK.matcher(component.path()))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .findFirst()
        .orElse("");
  }

  List<Control> run() {
    return List.of(
        altered("perturbed weight", defects.perturbedWeight()),
        altered("transposed matrix", defects.transposedMatrix()),
        altered("swapped q and k", defects.swappedQueriesAndKeys()),
        altered("missing bias", defects.missingBias()),
        shifted());
  }

  private Control altered(String name, Defect defect) {
    return switch (defect) {
      case Defect.Impossible(String because) -> notApplicable(name, because);
      case Defect.Planted planted ->
          tried(name, planted.what(), strength -> planted.during(strength, () -> run(Pass::of)));
    };
  }

  private Control shifted() {
    return tried(
        "shifted position",
        "every token one place later",
        strength -> run(tokens -> shiftedPass(tokens, strength)));
  }

  private Pass shiftedPass(Tensor tokens, int shift) {
    Engine engine = subject.engine();
    int[] offsets = new int[Math.toIntExact(tokens.dim(0))];
    Arrays.fill(offsets, shift);
    return new Pass.Fresh(tokens, engine.of(offsets, offsets.length));
  }

  private Map<String, Figures> run(Function<Tensor, Pass> pass) {
    return new ComponentRun(subject, pack, recorded, Mode.ISOLATED).run(pass).components();
  }

  private Control tried(String name, String what, Function<Integer, Map<String, Figures>> run) {
    List<String> watched = watched();
    if (watched.isEmpty()) {
      return notApplicable(
          name, "no component of " + (block.isEmpty() ? "a block" : block) + " is within its gate");
    }
    for (int strength : STRENGTHS) {
      Optional<String> leaving = leaving(watched, run.apply(strength));
      if (leaving.isPresent()) {
        String times = strength == 1 ? "" : ", at strength " + strength;
        return new Control(name, Finding.DETECTED, what + times + ": " + leaving.get());
      }
    }
    return new Control(
        name,
        Finding.UNDETECTED,
        what + ", up to strength " + STRENGTHS[STRENGTHS.length - 1] + " in " + block);
  }

  private static Control notApplicable(String name, String because) {
    return new Control(name, Finding.NOT_APPLICABLE, "not applicable, because " + because);
  }

  /// Gated components of the block that pass without a defect.
  private List<String> watched() {
    List<String> watched = new ArrayList<>();
    baseline.forEach((path, figures) -> {
      boolean inside = path.equals(block) || path.startsWith(block + ".");
      if (inside && tolerances.isolated(Kind.of(path)).filter(t -> t.passes(figures)).isPresent()) {
        watched.add(path);
      }
    });
    return watched;
  }

  /// The component that leaves its gate furthest, in words.
  private Optional<String> leaving(List<String> watched, Map<String, Figures> found) {
    return watched.stream()
        .filter(found::containsKey)
        .max(Comparator.comparingDouble(path -> excess(path, found)))
        .filter(path -> excess(path, found) > 1)
        .map(path -> String.format(Locale.ROOT, "%s %.1f x its gate", path, excess(path, found)));
  }

  private double excess(String path, Map<String, Figures> found) {
    double gate = tolerances.isolated(Kind.of(path)).orElseThrow().gate();
    Figures figures = found.get(path);
    return figures == null ? 0 : figures.scaledError() / gate;
  }
}
