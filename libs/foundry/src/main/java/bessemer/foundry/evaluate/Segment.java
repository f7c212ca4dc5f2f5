package bessemer.foundry.evaluate;

import java.util.List;

/// A line of a corpus.
///
/// @param place where it was read, for messages: file and line
/// @param source what is to be translated; empty where only translations were given
/// @param references what its translation should say: one at least
public record Segment(String place, LanguagePair pair, String source, List<String> references) {
  public Segment {
    references = List.copyOf(references);
    if (references.isEmpty()) {
      throw new IllegalArgumentException(place + " has no reference");
    }
  }

  /// In characters, of the reference where there is no source.
  int length() {
    String text = source.isEmpty() ? references.getFirst() : source;
    return text.codePointCount(0, text.length());
  }
}
