package bessemer.evaluation.job;

import bessemer.contracts.EvalSpec;
import bessemer.foundry.evaluate.Scoring;
import bessemer.foundry.evaluate.Search;
import bessemer.foundry.score.MetricChoice;
import bessemer.foundry.score.Resampling;
import bessemer.foundry.score.Significance;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A spec's choices as the library takes them.
final class Asked {
  private Asked() {}

  static Search search(EvalSpec spec) {
    EvalSpec.Search search = spec.search();
    if (search == null) {
      return new Search(null, null, null, null, Search.BATCH);
    }
    return new Search(
        search.beams(),
        search.maxTokens(),
        search.lengthPenalty(),
        search.noRepeatNgram(),
        or(search.batch(), Search.BATCH));
  }

  static Scoring scoring(EvalSpec spec) {
    Significance test = Significance.valueOf(spec.significance().toUpperCase(Locale.ROOT));
    int usual = spec.models().size() == 1 ? Significance.BOOTSTRAP.usualCount() : test.usualCount();
    EvalSpec.Scoring scoring = spec.scoring();
    List<String> metrics = scoring == null ? List.of("bleu", "chrf") : scoring.metrics();
    return new Scoring(
        choice(scoring).metrics(metrics, false),
        or(spec.samples(), usual),
        or(spec.seed(), Resampling.SEED),
        test,
        Scoring.SENTENCES);
  }

  private static MetricChoice choice(EvalSpec.@Nullable Scoring scoring) {
    MetricChoice usual = MetricChoice.STANDARD;
    if (scoring == null) {
      return usual;
    }
    return new MetricChoice(
        or(scoring.tokenize(), usual.tokenizer()),
        or(scoring.smooth(), usual.smoothing()),
        scoring.smoothValue(),
        scoring.lowercase(),
        scoring.whitespace(),
        scoring.epsSmoothing(),
        or(scoring.beta(), usual.beta()));
  }

  private static <T> T or(@Nullable T value, T usual) {
    return value == null ? usual : value;
  }
}
