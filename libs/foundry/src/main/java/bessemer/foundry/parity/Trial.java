package bessemer.foundry.parity;

import bessemer.foundry.parity.ComponentRun.Mode;
import bessemer.foundry.parity.ComponentRun.Result;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ReferencePack.Case;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/// Plants a defect and looks whether the comparison sees it: when a component that was within its
/// gate leaves it, while all before it is PyTorch's. Each is tried at 1, 4 and 16 times its natural
/// size, so that a wide gate needs a large defect, and a senseless one is found out. Expected
/// values are never touched.
///
/// @param recorded a case with all positions
/// @param baseline what the isolated run without defects found
record Trial(
    Subject subject, ReferencePack pack, Case recorded, Tolerances tolerances, Result baseline) {
  static final int STRONGEST = 16;
  private static final int[] STRENGTHS = {1, 4, STRONGEST};

  /// Where a mistake must show if the verifier works: components that without it are within their
  /// gates.
  ///
  /// @param words what they are
  record Shown(String words, Predicate<String> paths) {}

  /// A mistake in the weights, which shows in what is made with them.
  Control of(String name, Defect defect) {
    return switch (defect) {
      case Defect.Impossible(String because) -> notApplicable(name, because);
      case Defect.Planted planted ->
          tried(
              name,
              planted.what(),
              new Shown(planted.module(), planted::touches),
              strength -> planted.during(strength, () -> run(Feed.of(recorded))));
    };
  }

  /// A mistake in how the model is run.
  Control of(String name, String what, Shown shown, IntFunction<Feed> mistaken) {
    return tried(name, what, shown, strength -> run(mistaken.apply(strength)));
  }

  static Control notApplicable(String name, String because) {
    return new Control(name, Finding.NOT_APPLICABLE, "not applicable, because " + because);
  }

  private Map<String, Figures> run(Feed feed) {
    return compared(new ComponentRun(subject, pack, recorded, Mode.ISOLATED).run(feed));
  }

  private static Map<String, Figures> compared(Result result) {
    var all = new LinkedHashMap<>(result.components());
    all.put("logits", result.logits());
    return all;
  }

  private Control tried(
      String name, String what, Shown shown, IntFunction<Map<String, Figures>> run) {
    List<String> watched = watched(shown);
    if (watched.isEmpty()) {
      return notApplicable(
          name,
          "without it no %s of case %s is within a gate".formatted(shown.words(), recorded.name()));
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
        what + ", up to strength " + STRONGEST + " in case " + recorded.name());
  }

  private List<String> watched(Shown shown) {
    List<String> watched = new ArrayList<>();
    compared(baseline)
        .forEach((path, figures) -> {
          if (shown.paths().test(path) && gate(path).filter(g -> g.passes(figures)).isPresent()) {
            watched.add(path);
          }
        });
    return watched;
  }

  private Optional<Tolerance> gate(String path) {
    return tolerances.isolated(Kind.of(path));
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
    Figures figures = found.get(path);
    return figures == null ? 0 : figures.scaledError() / gate(path).orElseThrow().gate();
  }
}
