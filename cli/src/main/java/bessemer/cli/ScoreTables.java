package bessemer.cli;

import bessemer.foundry.score.Confidence;
import bessemer.foundry.score.Numbers;
import bessemer.foundry.score.Score;
import bessemer.foundry.score.Significance.Comparison;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Scores for people.
final class ScoreTables {
  private static final double SIGNIFICANT = 0.05;

  private ScoreTables() {}

  /// A row for each system, the signatures below; a star where chance hardly explains the
  /// difference.
  static String comparisons(
      List<Comparison> compared, @Nullable Path baseline, Path system, int width) {
    int columns = compared.size();
    Object[] head = new Object[columns + 1];
    Object[] first = new Object[columns + 1];
    Object[] second = new Object[columns + 1];
    head[0] = "system";
    first[0] = "baseline " + baseline;
    second[0] = system;
    var signatures = new StringBuilder("\n");
    for (int i = 0; i < columns; i++) {
      Comparison of = compared.get(i);
      head[i + 1] = of.name() + (of.baseline().confidence() == null ? "" : " (μ ± 95% CI)");
      first[i + 1] = side(of.baseline(), width);
      second[i + 1] = side(of.system(), width) + " " + chance(of.pValue());
      signatures.append(of.name()).append('|').append(of.signature()).append('\n');
    }
    return new Table().row(head).row(first).row(second).toString() + signatures;
  }

  private static String side(Comparison.Side side, int width) {
    String score = Numbers.fixed(side.score().value(), width);
    Confidence confidence = side.confidence();
    return confidence == null
        ? score
        : "%s (%s ± %s)"
            .formatted(
                score,
                Numbers.fixed(confidence.mean(), width),
                Numbers.fixed(confidence.halfWidth(), width));
  }

  private static String chance(double pValue) {
    return "(p = %s)%s".formatted(Numbers.fixed(pValue, 4), pValue > SIGNIFICANT ? "" : "*");
  }

  /// Separated by tabs, so that other programs take it.
  static String sentences(Map<String, List<Score>> scores, int width) {
    var text = new StringBuilder("line\t" + String.join("\t", scores.keySet()));
    int lines = scores.values().iterator().next().size();
    for (int i = 0; i < lines; i++) {
      text.append('\n').append(i + 1);
      for (List<Score> of : scores.values()) {
        text.append('\t').append(Numbers.fixed(of.get(i).value(), width));
      }
    }
    return text.append('\n').toString();
  }
}
