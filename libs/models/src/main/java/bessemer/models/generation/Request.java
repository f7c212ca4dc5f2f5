package bessemer.models.generation;

import java.util.List;
import java.util.Set;

/// A text to generate.
///
/// @param prompt tokens, special ones included
/// @param maxTokens the text ends after this many
/// @param stopTokens end the text and are no part of it
/// @param stopStrings likewise
public record Request(
    List<Integer> prompt,
    int maxTokens,
    Sampling sampling,
    Set<Integer> stopTokens,
    List<String> stopStrings) {

  public Request {
    prompt = List.copyOf(prompt);
    stopTokens = Set.copyOf(stopTokens);
    stopStrings = List.copyOf(stopStrings);
    if (prompt.isEmpty()) {
      throw new IllegalArgumentException("the prompt has no tokens");
    }
    if (maxTokens < 1) {
      throw new IllegalArgumentException("at least 1 token must be wanted, not " + maxTokens);
    }
    if (stopStrings.contains("")) {
      throw new IllegalArgumentException("a stop string is empty: it would end every text");
    }
  }

  public Request(int[] prompt, int maxTokens, Sampling sampling) {
    this(
        java.util.Arrays.stream(prompt).boxed().toList(), maxTokens, sampling, Set.of(), List.of());
  }
}
