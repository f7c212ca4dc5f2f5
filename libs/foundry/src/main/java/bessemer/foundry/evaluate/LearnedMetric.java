package bessemer.foundry.evaluate;

import org.jspecify.annotations.Nullable;

/// The place of a metric that was learned from people's judgements: a regression model in ONNX
/// format that the user has. Nothing here runs one yet, and a report says so.
///
/// @param model the file that was named; null if none was
/// @param state `not installed`
public record LearnedMetric(@Nullable String model, String state, String reason) {
  private static final String REASON =
      "there is no ONNX runtime in this build; BLEU and chrF need none";

  public static LearnedMetric notInstalled(@Nullable String model) {
    return new LearnedMetric(model, "not installed", REASON);
  }

  String sentence() {
    return "Learned metric%s: %s, because %s."
        .formatted(model == null ? "" : " " + model, state, reason);
  }
}
