package bessemer.foundry.evaluate;

import bessemer.foundry.score.Corpus;
import java.util.List;
import java.util.stream.Collectors;

/// A corpus: texts with their translations by people, in one language pair or several.
public record ParallelText(String name, List<Segment> segments) {
  public ParallelText {
    segments = List.copyOf(segments);
    if (segments.isEmpty()) {
      throw new IllegalArgumentException(name + " has no line");
    }
  }

  public int lines() {
    return segments.size();
  }

  /// In the order in which they appear.
  public List<LanguagePair> pairs() {
    return segments.stream().map(Segment::pair).distinct().toList();
  }

  public List<String> sources() {
    return segments.stream().map(Segment::source).toList();
  }

  /// Whether lines have sources, and not only references.
  boolean hasSources() {
    return segments.stream().anyMatch(segment -> !segment.source().isEmpty());
  }

  /// With translations of all lines, as metrics take it.
  Corpus with(List<String> hypotheses) {
    return new Corpus(
        hypotheses, segments.stream().map(Segment::references).collect(Collectors.toList()));
  }
}
