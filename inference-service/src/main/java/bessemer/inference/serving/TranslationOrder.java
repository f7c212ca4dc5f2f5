package bessemer.inference.serving;

import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Task;
import java.util.List;

/// Texts of one client to translate.
///
/// @param texts the sentences of each text, or the text as a whole; none of a blank one
/// @param inOrder whether sentences begin in the order of the texts; else the longest begin, so
///   that those of like length run together
public record TranslationOrder(List<List<Task>> texts, SearchOptions options, boolean inOrder) {
  public TranslationOrder {
    texts = texts.stream().map(List::copyOf).toList();
  }
}
