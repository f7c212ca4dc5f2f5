package bessemer.foundry.score;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Translations of one system, line by line, and for each line what it should have said: one
/// reference or more, not the same number everywhere.
public record Corpus(List<String> hypotheses, List<List<String>> references) {
  public Corpus {
    hypotheses = List.copyOf(hypotheses);
    references = references.stream().map(List::copyOf).toList();
    if (hypotheses.isEmpty()) {
      throw new IllegalArgumentException("a corpus needs a line");
    }
    if (hypotheses.size() != references.size()) {
      throw new IllegalArgumentException(
          "%d lines of hypotheses, references for %d"
              .formatted(hypotheses.size(), references.size()));
    }
    for (int i = 0; i < references.size(); i++) {
      if (references.get(i).isEmpty()) {
        throw new IllegalArgumentException("line %d has no reference".formatted(i + 1));
      }
    }
  }

  /// From whole translations, each as many lines as the hypotheses; null where one lacks a line.
  public static Corpus of(
      List<String> hypotheses, List<? extends List<? extends @Nullable String>> translations) {
    List<List<String>> references = new ArrayList<>();
    for (int i = 0; i < hypotheses.size(); i++) {
      List<String> line = new ArrayList<>();
      for (List<? extends @Nullable String> translation : translations) {
        if (translation.size() != hypotheses.size()) {
          throw new IllegalArgumentException(
              "%d lines of hypotheses, %d of a reference"
                  .formatted(hypotheses.size(), translation.size()));
        }
        String reference = translation.get(i);
        if (reference != null) {
          line.add(reference);
        }
      }
      references.add(line);
    }
    return new Corpus(hypotheses, references);
  }

  /// One line.
  public static Corpus of(String hypothesis, Collection<String> references) {
    return new Corpus(List.of(hypothesis), List.of(List.copyOf(references)));
  }

  /// Another system's translations of the same lines.
  public Corpus with(List<String> others) {
    return new Corpus(others, references);
  }

  public int lines() {
    return hypotheses.size();
  }

  /// How many references a line has, as signatures say it: `var` where lines differ.
  String referenceCount() {
    List<Integer> counts = references.stream().map(List::size).distinct().toList();
    return counts.size() == 1 ? counts.getFirst().toString() : "var";
  }
}
