package bessemer.foundry.score;

import java.util.List;
import java.util.stream.IntStream;

/// A way to score translations, with all its settings.
public sealed interface Metric permits Bleu, Chrf {

  /// As result lines begin: `BLEU`, `chrF2`, `chrF2++`.
  String name();

  /// The settings, as signatures list them.
  String settings();

  /// Counts of every line.
  Statistics statistics(Corpus corpus);

  /// From sums of counts, as Python computes it.
  Score score(double[] sums);

  /// From sums of counts that are numpy's.
  Sample sample(double[] sums, Arithmetic arithmetic);

  default Score score(Corpus corpus) {
    return score(statistics(corpus).sums());
  }

  /// Every line by itself.
  default List<Score> scores(Corpus corpus) {
    Statistics statistics = statistics(corpus);
    return IntStream.range(0, corpus.lines())
        .mapToObj(line -> score(statistics.row(line)))
        .toList();
  }
}
