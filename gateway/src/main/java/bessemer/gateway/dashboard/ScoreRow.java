package bessemer.gateway.dashboard;

import bessemer.contracts.JobView;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What an evaluation found of a model by a metric.
///
/// @param score with the half of its interval, where there is one
/// @param chance the p-value of the comparison with the baseline; empty without
record ScoreRow(String model, String metric, String score, String chance, String signature) {

  /// In the order of the result; none of a job of another kind, or one that is not done.
  static List<ScoreRow> of(JobView job) {
    return job.result().get("scores") instanceof List<?> scores
        ? scores.stream()
            .filter(Map.class::isInstance)
            .map(score -> row((Map<?, ?>) score))
            .toList()
        : List.of();
  }

  private static ScoreRow row(Map<?, ?> score) {
    String width = number(score.get("half_width"), 2);
    return new ScoreRow(
        text(score.get("model")),
        text(score.get("metric")),
        number(score.get("score"), 2) + (width.isEmpty() ? "" : " ± " + width),
        number(score.get("p_value"), 4),
        text(score.get("signature")));
  }

  private static String number(@Nullable Object value, int decimals) {
    return value instanceof Number number
        ? String.format(Locale.ROOT, "%." + decimals + "f", number.doubleValue())
        : "";
  }

  private static String text(@Nullable Object value) {
    return Objects.toString(value, "");
  }

  /// Such as `BLEU 33.97 ± 0.80, chrF2 59.10 ± 0.61`.
  static String sentence(List<ScoreRow> rows) {
    return rows.stream()
        .map(row -> row.metric() + " " + row.score())
        .collect(Collectors.joining(", "));
  }
}
