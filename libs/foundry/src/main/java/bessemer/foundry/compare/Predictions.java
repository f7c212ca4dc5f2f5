package bessemer.foundry.compare;

import bessemer.foundry.compare.Candidate.Sample;
import bessemer.foundry.parity.LogitFigures;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// What models predict after each token of the same samples.
record Predictions(List<Sample> samples) {
  /// How far one is from the other; null where it lacks tokens of the samples or has others beside
  /// them, so that probabilities mean something else.
  @Nullable LogitFigures compare(Candidate ours, Candidate reference) {
    if (ours.vocabulary() != reference.vocabulary() || ours.getClass() != reference.getClass()) {
      return null;
    }
    long rows = 0;
    double agreement = 0;
    double overlap = 0;
    double sum = 0;
    double most = 0;
    for (Sample sample : samples) {
      try (Arena arena = Arena.ofConfined()) {
        LogitFigures found =
            LogitFigures.of(
                logits(ours, sample, arena),
                logits(reference, sample, arena),
                reference.vocabulary());
        rows += found.rows();
        agreement += found.argmaxAgreement() * found.rows();
        overlap += found.topOverlap() * found.rows();
        sum += found.klMean() * found.rows();
        most = Math.max(most, found.klMax());
      }
    }
    return new LogitFigures(rows, agreement / rows, overlap / rows, sum / rows, most);
  }

  private static MemorySegment logits(Candidate candidate, Sample sample, Arena arena) {
    try (Scope _ = candidate.engine().scope()) {
      Tensor logits = candidate.logits(sample);
      MemorySegment copy = arena.allocate(logits.spec().bytes(), 64);
      logits.read(copy);
      return copy;
    }
  }

  /// Of the samples' tokens, for a language model that has them all.
  OptionalDouble perplexity(Candidate candidate) {
    return switch (candidate) {
      case TranslationCandidate _ -> OptionalDouble.empty();
      case LanguageCandidate model -> {
        boolean fits = samples.stream().allMatch(sample -> sample.fits(model.vocabulary()));
        yield fits ? OptionalDouble.of(perplexity(model)) : OptionalDouble.empty();
      }
    };
  }

  private double perplexity(LanguageCandidate model) {
    double sum = 0;
    long count = 0;
    for (Sample sample : samples) {
      int predicted = sample.target().size() - 1;
      int[] next = sample.target().stream().skip(1).mapToInt(Integer::intValue).toArray();
      try (Scope _ = model.engine().scope()) {
        Tensor logits = model.logits(sample).slice(0, 0, predicted);
        Tensor losses = logits.crossEntropy(model.engine().of(next, predicted));
        for (float loss : losses.toFloats()) {
          sum += loss;
        }
      }
      count += predicted;
    }
    return Math.exp(sum / count);
  }
}
