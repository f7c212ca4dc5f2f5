package bessemer.foundry.parity;

import bessemer.foundry.parity.ComponentRun.Result;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Pass;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Plants the mistakes that converters really make in the first block of a decoder: a verifier that
/// cannot fail proves nothing.
final class Controls {
  private static final Pattern BLOCK = Pattern.compile("(.*layers\\.\\d+)(\\..*)?");

  private final Engine engine;
  private final Case recorded;
  private final String block;
  private final Trial trial;
  private final Defects defects;

  /// @param recorded a case with all positions
  /// @param baseline what the isolated run without defects found
  Controls(
      Subject subject, ReferencePack pack, Case recorded, Tolerances tolerances, Result baseline) {
    this.block = firstBlock(recorded);
    this.engine = subject.engine();
    this.recorded = recorded;
    this.trial = new Trial(subject, pack, recorded, tolerances, baseline);
    var place = new Defects.Place(block, "self_attn", "input_layernorm");
    this.defects = new Defects(subject, pack, recorded, tolerances, place);
  }

  private static String firstBlock(Case recorded) {
    return recorded.components().stream()
        .map(component -> BLOCK.matcher(component.path()))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .findFirst()
        .orElse("a block");
  }

  List<Control> run() {
    return List.of(
        trial.of("perturbed weight", defects.perturbedWeight()),
        trial.of("transposed matrix", defects.transposedMatrix()),
        trial.of("swapped q and k", defects.swappedQueriesAndKeys()),
        trial.of("missing bias", defects.missingBias()),
        trial.of(
            "shifted position",
            "every token one place later",
            new Trial.Shown("component", path -> path.startsWith(block)),
            strength -> Feed.of(recorded).through(tokens -> shifted(tokens, strength))));
  }

  private Pass shifted(Tensor tokens, int shift) {
    int[] offsets = new int[Math.toIntExact(tokens.dim(0))];
    Arrays.fill(offsets, shift);
    return new Pass.Fresh(tokens, engine.of(offsets, offsets.length));
  }
}
