package bessemer.foundry.parity;

import bessemer.foundry.parity.ComponentRun.Mode;
import bessemer.foundry.parity.ComponentRun.Result;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ReferencePack.Case;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/// Plants a defect and looks whether the comparison sees it: when a component that was within its
/// gate leaves it. Each is tried at 1, 4 and 16 times its natural size, so that a wide gate needs a
/// large defect, and a senseless one is found out. Expected values are never touched.
///
/// @param baseline what the same run without defects found
/// @param within the path of a block, or nothing for the whole model and its logits
record Trial(
    Subject subject,
    ReferencePack pack,
    Case recorded,
    Mode mode,
    Tolerances tolerances,
    Result baseline,
    String within) {
  private static final int[] STRENGTHS = {1, 4, 16};

  /// A mistake in the weights.
  Control of(String name, Defect defect) {
    return switch (defect) {
      case Defect.Impossible(String because) -> notApplicable(name, because);
      case Defect.Planted planted ->
          tried(
              name,
              planted.what(),
              EnumSet.allOf(Kind.class),
              strength -> planted.during(strength, () -> run(Feed.of(recorded))));
    };
  }

  /// A mistake in how the model is run.
  ///
  /// @param shown by which components, where all others are given PyTorch's input
  Control of(String name, String what, Set<Kind> shown, IntFunction<Feed> mistaken) {
    Set<Kind> kinds = mode == Mode.ISOLATED ? shown : EnumSet.allOf(Kind.class);
    return tried(name, what, kinds, strength -> run(mistaken.apply(strength)));
  }

  static Control notApplicable(String name, String because) {
    return new Control(name, Finding.NOT_APPLICABLE, "not applicable, because " + because);
  }

  private Map<String, Figures> run(Feed feed) {
    return compared(new ComponentRun(subject, pack, recorded, mode).run(feed));
  }

  private static Map<String, Figures> compared(Result result) {
    var all = new LinkedHashMap<>(result.components());
    all.put("logits", result.logits());
    return all;
  }

  private Control tried(
      String name, String what, Set<Kind> kinds, IntFunction<Map<String, Figures>> run) {
    List<String> watched = watched(kinds);
    if (watched.isEmpty()) {
      return notApplicable(name, "no " + words(kinds) + " of " + place() + " is within a gate");
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
        what + ", up to strength " + STRENGTHS[STRENGTHS.length - 1] + " in " + place());
  }

  private String place() {
    return within.isEmpty() ? "case " + recorded.name() : within;
  }

  private static String words(Set<Kind> kinds) {
    return kinds.size() == Kind.values().length
        ? "component"
        : kinds.stream().map(TextReport::name).collect(Collectors.joining(" or "));
  }

  /// Gated components that pass without a defect.
  private List<String> watched(Set<Kind> kinds) {
    List<String> watched = new ArrayList<>();
    compared(baseline)
        .forEach((path, figures) -> {
          boolean inside =
              within.isEmpty() || path.equals(within) || path.startsWith(within + ".");
          boolean counts = inside && kinds.contains(Kind.of(path));
          if (counts && gate(path).filter(gate -> gate.passes(figures)).isPresent()) {
            watched.add(path);
          }
        });
    return watched;
  }

  private Optional<Tolerance> gate(String path) {
    Kind kind = Kind.of(path);
    return switch (mode) {
      case ISOLATED -> tolerances.isolated(kind);
      case ACCUMULATED -> tolerances.accumulated(kind);
    };
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
