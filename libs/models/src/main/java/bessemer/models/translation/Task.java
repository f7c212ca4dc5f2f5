package bessemer.models.translation;

import java.util.List;

/// A text to translate.
///
/// @param source its tokens, the marks of language and end included
/// @param opening what its translation has to begin with: the token of the language, or nothing
public record Task(List<Integer> source, List<Integer> opening) {
  public Task {
    source = List.copyOf(source);
    opening = List.copyOf(opening);
    if (source.isEmpty()) {
      throw new IllegalArgumentException("a source without tokens");
    }
    if (opening.size() > 1) {
      throw new IllegalArgumentException(
          "a translation begins with one language at most, not with " + opening.size() + " tokens");
    }
  }
}
