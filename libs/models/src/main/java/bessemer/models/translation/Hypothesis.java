package bessemer.models.translation;

import java.util.List;

/// A translation.
///
/// @param tokens after the start token: language, words, and the end unless it was cut
/// @param score the log probability, divided by a power of the length; NaN from greedy search,
///   which does not look at probabilities
public record Hypothesis(List<Integer> tokens, float score) {
  public Hypothesis {
    tokens = List.copyOf(tokens);
  }
}
