package bessemer.foundry.score;

/// How a score was computed, in the words of sacrebleu: whoever computes it again with the same
/// signature gets the same score.
final class Signature {
  /// The sacrebleu whose definitions these are.
  private static final String VERSION = "2.6.0";

  private Signature() {}

  static String of(Metric metric, Corpus corpus) {
    return signature(metric, corpus, "");
  }

  /// @param kind `bs` for bootstrap, `ar` for approximate randomization
  static String of(Metric metric, Corpus corpus, String kind, Resampling resampling) {
    String drawn = "|%s:%d|seed:%d".formatted(kind, resampling.count(), resampling.seed());
    return signature(metric, corpus, drawn);
  }

  private static String signature(Metric metric, Corpus corpus, String drawn) {
    return "nrefs:%s%s|%s|version:%s"
        .formatted(corpus.referenceCount(), drawn, metric.settings(), VERSION);
  }
}
