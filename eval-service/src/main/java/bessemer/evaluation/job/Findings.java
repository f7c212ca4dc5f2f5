package bessemer.evaluation.job;

import bessemer.foundry.evaluate.Evaluation;
import bessemer.foundry.evaluate.Evaluation.Scores;
import bessemer.foundry.evaluate.Evaluation.Value;
import bessemer.foundry.score.Confidence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the job itself tells of an evaluation; all of it is in the report.
final class Findings {
  private Findings() {}

  /// @param directory where the report lies, below `evaluations`
  static Map<String, Object> of(Evaluation evaluation, String directory) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("corpus", evaluation.corpus().name());
    result.put("lines", evaluation.corpus().lines());
    result.put("pairs", evaluation.corpus().pairs());
    result.put("directory", directory);
    List<Map<String, Object>> scores = new ArrayList<>();
    for (Scores of : evaluation.whole().metrics()) {
      for (int system = 0; system < of.values().size(); system++) {
        scores.add(score(evaluation, of, system));
      }
    }
    result.put("scores", scores);
    return result;
  }

  private static Map<String, Object> score(Evaluation evaluation, Scores of, int system) {
    Value value = of.values().get(system);
    Map<String, Object> score = new LinkedHashMap<>();
    score.put("model", evaluation.systems().get(system).name());
    score.put("metric", of.metric());
    score.put("score", value.score());
    Confidence confidence = value.confidence();
    if (confidence != null) {
      score.put("half_width", confidence.halfWidth());
    }
    Double chance = of.pValue();
    if (chance != null && system > 0) {
      score.put("p_value", chance);
    }
    score.put("signature", of.signature());
    return score;
  }
}
